#!/usr/bin/env -S node --max-semi-space-size=4
// The flag keeps what starting leaves behind from counting for good: a fifth less memory, and nothing gets slower.
// Starts a program on Node >= 24: on this Node if it is new enough, else on the one that npm installed.
// Plain CommonJS, because it must run on whatever Node the machine has (>= 18).
const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { runMain } = require('node:module')

// `latchkey serve` and the like: whatever does not start with the path of a program is for the command line.
const given = process.argv.slice(2)
const isProgram = given.length > 0 && /\.[cm]?[jt]s$/.test(given[0]) && existsSync(given[0])
const commandLine = ['main.ts', 'main.js'].map((name) => join(__dirname, 'cli', name)).find(existsSync)
const [program, ...args] = isProgram ? given : [commandLine, ...given]

// Types are stripped once, not at each start (a third of the time, and memory). In a folder of this installation: what
// lies in a shared temporary folder could be somebody else's code.
const cache = process.env.NODE_COMPILE_CACHE ?? join(__dirname, '..', 'node_modules', '.cache', 'latchkey')

const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24
// In this checkout, or beside this package where it is installed as a dependency.
const places = [join(__dirname, '..', 'node_modules'), join(__dirname, '..', '..')]
const packaged = join(`node-${process.platform}-${process.arch}`, 'bin', 'node')
const installed = places.map((place) => join(place, packaged)).find(existsSync)

if (isNewEnough) {
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
  console.error(
    `Latchkey needs Node 24 or later; this is ${process.versions.node}, and there is no packaged one for ` +
      `${process.platform}-${process.arch}. Install Node 24 (https://nodejs.org), or run "npm ci" on Linux x64 or arm64.`,
  )
  process.exit(1)
}
