#!/usr/bin/env -S node --max-semi-space-size=4
// The flag keeps the heap of young objects small: a fifth less memory, at the same speed.
// Starts a program on Node >= 24: on this Node if it is new enough, else on the one that npm installed.
// Plain CommonJS, because it must run on any Node that the machine has (>= 18).
const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { runMain } = require('node:module')

// Arguments that do not start with the path of a program, such as `serve`, are for the command line.
const given = process.argv.slice(2)
const isProgram = given.length > 0 && /\.[cm]?[jt]s$/.test(given[0]) && existsSync(given[0])
const commandLine = ['main.ts', 'main.js'].map((name) => join(__dirname, 'cli', name)).find(existsSync)
const [program, ...args] = isProgram ? given : [commandLine, ...given]

// The cache saves stripping types at each start (a third of the time, and memory). It is inside this installation, because
// a shared temporary folder could contain another user's code.
const cache = process.env.NODE_COMPILE_CACHE ?? join(__dirname, '..', 'node_modules', '.cache', 'latchkey')

const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24
// In this checkout, or beside this package when npm installed it as a dependency.
const places = [join(__dirname, '..', 'node_modules'), join(__dirname, '..', '..')]
const packaged = join(`node-${process.platform}-${process.arch}`, 'bin', 'node')
const installed = places.map((place) => join(place, packaged)).find(existsSync)

/** What a person can do who has no Node that is new enough. */
const remedy = ['linux-x64', 'linux-arm64'].includes(`${process.platform}-${process.arch}`)
  ? 'Run "npm ci" here without --omit=optional: it brings Node 24 along. Or install Node 24 (https://nodejs.org).'
  : 'Install Node 24 (https://nodejs.org): npm brings one along on Linux x64 and arm64 only.'

if (process.platform === 'win32') {
  console.error('Latchkey does not run on Windows itself. Use it in WSL (https://learn.microsoft.com/windows/wsl).')
  process.exit(1)
} else if (isNewEnough) {
  require('node:module').enableCompileCache(cache)
  process.argv = [process.argv[0], resolve(program), ...args]
  runMain() // as the main program, so that `import.meta.main` is true in it
} else if (installed !== undefined) {
  const child = spawn(installed, [...process.execArgv, program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
} else {
  console.error(`Latchkey needs Node 24 or later; this is ${process.versions.node}. ${remedy}`)
  process.exit(1)
}
