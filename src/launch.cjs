// Starts a program on Node >= 24: on this Node if it is new enough, else on the one that npm installed.
// Plain CommonJS, because it must run on whatever Node the machine has (>= 18).
const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { pathToFileURL } = require('node:url')

const [program, ...args] = process.argv.slice(2)
if (program === undefined) {
  console.error('usage: node src/launch.cjs PROGRAM [ARGUMENT ...]')
  process.exit(2)
}

const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24
const installed = join(__dirname, '..', 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')

if (isNewEnough) {
  process.argv = [process.argv[0], resolve(program), ...args]
  import(pathToFileURL(resolve(program)).href)
} else if (existsSync(installed)) {
  const child = spawn(installed, [program, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
} else {
  console.error(
    `Latchkey needs Node 24 or later; this is ${process.versions.node}, and there is no packaged one for ` +
      `${process.platform}-${process.arch}. Install Node 24 (https://nodejs.org), or run "npm ci" on Linux x64 or arm64.`,
  )
  process.exit(1)
}
