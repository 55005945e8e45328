import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-launch-'))
  mkdirSync(join(folder, 'src/cli'), { recursive: true })
  cpSync(join(import.meta.dirname, '../../src/launch.cjs'), join(folder, 'src/launch.cjs'))
  writeFileSync(join(folder, 'src/cli/main.js'), 'console.log("started", ...process.argv.slice(2))')
})
afterEach(() => rmSync(folder, { recursive: true }))

type Machine = { readonly platform: string; readonly arch: string; readonly node: string; readonly packaged?: boolean }

/** What a person sees who types `latchkey serve` on a machine that says it is this one. */
const launchedOn = ({ platform, arch, node, packaged = false }: Machine) => {
  const feigned = join(folder, 'feigned.cjs')
  const versions = `{ ...process.versions, node: ${JSON.stringify(node)} }`
  const values = `platform: '${platform}', arch: '${arch}', versions: ${versions}`
  writeFileSync(
    feigned,
    `for (const [name, value] of Object.entries({ ${values} })) Object.defineProperty(process, name, { value })`,
  )
  if (packaged) {
    const bin = join(folder, 'node_modules', `node-${platform}-${arch}`, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'node'), '#!/bin/sh\nshift $(($# - 1))\necho "brought along: $1"\n', { mode: 0o755 })
  }
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--require', feigned, join(folder, 'src/launch.cjs'), 'serve'],
    { encoding: 'utf8' },
  )
  return { said: (stdout + stderr).trim(), status }
}

const install = 'Install Node 24 (https://nodejs.org): npm brings one along on Linux x64 and arm64 only.'
const npmCi =
  'Run "npm ci" here without --omit=optional: it brings Node 24 along. Or install Node 24 (https://nodejs.org).'
const tooOld = 'Latchkey needs Node 24 or later; this is 20.19.0.'
const noWindows = 'Latchkey does not run on Windows itself. Use it in WSL (https://learn.microsoft.com/windows/wsl).'

test.each<[string, Machine, { said: string; status: number }]>([
  [
    'a Mac with Node 24 runs it',
    { platform: 'darwin', arch: 'arm64', node: '24.0.0' },
    { said: 'started serve', status: 0 },
  ],
  [
    'a Mac with Node 20 is told to install Node 24',
    { platform: 'darwin', arch: 'arm64', node: '20.19.0' },
    { said: `${tooOld} ${install}`, status: 1 },
  ],
  [
    'so is a Mac with an Intel processor',
    { platform: 'darwin', arch: 'x64', node: '20.19.0' },
    { said: `${tooOld} ${install}`, status: 1 },
  ],
  [
    'Linux on arm64 with Node 20 runs on the Node that npm brought along',
    { platform: 'linux', arch: 'arm64', node: '20.19.0', packaged: true },
    { said: 'brought along: serve', status: 0 },
  ],
  [
    'Linux without that Node is told how to get it',
    { platform: 'linux', arch: 'arm64', node: '20.19.0' },
    { said: `${tooOld} ${npmCi}`, status: 1 },
  ],
  [
    'Linux on another processor is told to install Node 24',
    { platform: 'linux', arch: 'riscv64', node: '20.19.0' },
    { said: `${tooOld} ${install}`, status: 1 },
  ],
  [
    'Windows is sent to WSL, with an old Node',
    { platform: 'win32', arch: 'x64', node: '20.19.0' },
    { said: noWindows, status: 1 },
  ],
  [
    'Windows is sent to WSL, with a new Node',
    { platform: 'win32', arch: 'x64', node: '24.0.0' },
    { said: noWindows, status: 1 },
  ],
])('%s', (_, machine, expected) => {
  expect(launchedOn(machine)).toEqual(expected)
})
