import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { openBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'

const root = join(import.meta.dirname, '../..')
let browser: Browser
let home: string
const stops: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-newcomer-'))
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
  await rm(home, { recursive: true, force: true })
})

/** What the demo prints on a machine with an empty home, whose PATH has Node and the programs of the system only. */
const startDemo = async (): Promise<string> => {
  const bin = join(home, 'node-only')
  await symlink(join(process.execPath, '..'), bin)
  const env = { HOME: home, PATH: `${bin}:/usr/bin:/bin`, BAO_BIN: await findOpenBao() }
  const demo = spawn(process.execPath, ['src/launch.cjs', 'src/demo/main.ts'], { cwd: root, env })
  stops.push(async () => {
    const ended = once(demo, 'exit')
    demo.kill('SIGINT')
    await ended
  })
  let said = ''
  for (const stream of [demo.stdout, demo.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  await eventually(() => said.includes('Press Ctrl-C to stop.'), {
    limit: 60_000,
    about: () => `the demo runs: ${said}`,
  })
  return said
}

/** A shell that is typed into; resolves with what it prints until it is silent about the question. */
const openTerminal = () => {
  const shell = spawn('bash', ['--norc', '--noprofile'], { env: { HOME: home, PATH: '/usr/bin:/bin', TMPDIR: home } })
  stops.push(async () => {
    const ended = once(shell, 'exit')
    shell.kill('SIGKILL')
    await ended
  })
  let screen = ''
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      screen += text
    })
  return {
    type: async (lines: string): Promise<string> => {
      const before = screen.length
      const mark = `typed ${before}`
      shell.stdin.write(`${lines}\necho '${mark}'\n`)
      await eventually(() => screen.includes(mark, before), { limit: 60_000, about: () => `a prompt after ${screen}` })
      return screen.slice(before).replace(mark, '').trim()
    },
  }
}

test('the printed steps can be done as told on a machine that has no bao', async () => {
  const said = await startDemo()
  const printed = (pattern: RegExp) => said.match(pattern)?.[1] ?? expect.fail(`${pattern} in ${said}`)
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  stops.push(() => page.close())
  await page.goto(printed(/Open (http:\S+)/))
  const person = (chat: string, name: string) =>
    page.frameLocator(`iframe[title="${chat} of ${name}"]`).getByRole('region', { name, exact: true })
  const developer = person('Slack', 'Developer on call')
  const owner = person('Teams', 'Database owner')
  const press = (name: string, who = developer) => who.getByRole('button', { name, exact: true }).last().click()

  await developer.getByLabel('Command of').fill(printed(/type (\/vault [^.]+)\./))
  await press('Send')
  await developer.getByLabel('How long').selectOption({ label: '1 minute' })
  await developer.getByLabel('Why').fill('I follow the steps')
  await press('Send request')
  await press('Approve', owner)
  await owner.getByRole('button', { name: 'Not now' }).waitFor()
  await press('Approve', owner)
  await press('Get my one-time link')
  const [link] = await Promise.all([
    page.context().waitForEvent('page'),
    developer.getByRole('link', { name: 'Open the link' }).click(),
  ])
  await link.getByRole('button', { name: 'Fetch my access' }).click()
  const lines = await link.locator('#commands-bao').innerText()

  const terminal = openTerminal()
  expect(await terminal.type('bao version')).toContain('command not found')
  await terminal.type(printed(/(export PATH=.+)/))
  expect(await terminal.type(lines)).toContain('example-orders-password')
  const last = lines.trim().split('\n').at(-1) ?? ''
  await eventually(async () => (await terminal.type(last)).includes('permission denied'), {
    limit: 90_000,
    about: () => 'the vault refuses after the minute',
  })
}, 240_000)
