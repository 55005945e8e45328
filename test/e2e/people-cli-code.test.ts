import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { Content } from '../../src/people-cli/safe/content.ts'
import { newKey } from '../../src/people-cli/session/dpop.ts'
import { root } from '../support/documents.ts'
import { eventually } from '../support/eventually.ts'
import { inTerminal } from '../support/in-terminal.ts'
import { newMachine, type PersonsMachine, runPeopleProcess } from '../support/people-cli.ts'
import { type Actor, orders, type Story, storyIn } from '../support/story.ts'

// People's `latchkey` at the real process where there is no issuer: chat proves who somebody is.

const bin = join(root, 'src/people-cli/bin.ts')
const management = [{ path: 'kv/apps/orders/', permissions: ['ReadWrite'] }]
let world: World
let story: Story
beforeAll(async () => {
  world = await startWorld({
    integrations: (example) => [{ ...example, vault: { ...example.vault, management } }],
  })
  story = storyIn(world)
})
afterAll(() => world?.stop())

type Typing = {
  readonly answers?: [string, string][]
  readonly watch?: (shown: string) => void
  readonly code?: number
}

/** Types one line in a terminal, and returns all that it shows. */
const type = async (machine: PersonsMachine, line: readonly string[], { code = 0, ...typing }: Typing = {}) => {
  const { environment } = machine
  const done = await inTerminal(line, { answers: [], ...typing, environment, program: [process.execPath, bin] })
  expect(done.code, `${line.join(' ')}\n${done.shown}`).toBe(code)
  return done.shown.replaceAll('\r\n', '\n')
}
const kept = async ({ sessionFile }: PersonsMachine): Promise<Content> =>
  JSON.parse(await readFile(sessionFile, 'utf8'))

/** The code of the terminal is typed in chat by hand, and the person confirms there. */
const signIn = (machine: PersonsMachine) => {
  const { hands } = story.cast.developer
  let typed = ''
  const confirm = async (code: string) => {
    typed = code
    await eventually(async () => {
      await hands.command(`terminal ${code}`)
      return hands.view() !== undefined
    })
    await hands.submit()
  }
  const watch = (shown: string) => {
    const [, code] = /Type in your chat: {2}\/vault terminal (\S+)/.exec(shown) ?? []
    if (code && code !== typed) void confirm(code)
  }
  return type(machine, ['sign-in', '--server', world.latchkey().url], { watch })
}

/** Runs a line that waits for a decision, while these people approve in chat. */
const approved = async (machine: PersonsMachine, line: readonly string[], ...owners: readonly Actor[]) => {
  const before = story.records.newestOf('developer')?.id
  const shown = type(machine, line)
  const request = await eventually(() => {
    const newest = story.records.newestOf('developer')
    return newest && newest.id !== before && newest
  })
  for (const owner of owners) await story.press(owner, request, 'Approve')
  const [, access = ''] = /Access (\S+) works, [\d.]+ seconds after you asked\.\n$/.exec(await shown) ?? []
  expect(access, await shown).not.toBe('')
  return { request, access }
}

/** A command line as a shell would read it. */
const words = (line: string): readonly string[] =>
  Array.from(line.trim().matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '').slice(1)

test('a person signs in by a code in chat, asks, extends, and has a cure for each refusal', {
  timeout: 120_000,
}, async () => {
  const { developer, owner, lead } = story.cast
  const machine = await newMachine()
  expect(await signIn(machine)).toContain('You are signed in as Developer on call. Vaults: example.')
  const refused = await type(machine, ['deny', 'anything', '--note', 'no', '--yes'], { code: 6 })
  expect(refused).toContain('latchkey: ')

  // From no access to a token that works.
  const line = await type(machine, ['vault', 'fetch', orders], { code: 4 })
  const cure = `  latchkey request ${orders} --vault-id example --permission read --for 2h --reason "why you need it"\n`
  expect(line).toBe(`latchkey: none of your access permits to fetch ${orders}\nThis asks for it:\n${cure}`)
  const { request, access } = await approved(machine, words(cure.replace('2h', '1h')), owner)
  const how = await type(machine, ['access', '--how'])
  const [own = ''] = /^ {2}latchkey vault fetch .*$/m.exec(how) ?? []
  expect(await type(machine, words(own))).toContain('example-orders-password')

  // A one-time link from chat on two other machines; each takes the place of the token before.
  const other = await newMachine()
  const link = await story.link(developer, request)
  const typed = await type(other, ['login'], { answers: [['Link (not shown): ', `${link}\n`]] })
  expect(typed).toContain('Logged in to example; your access ends in')
  expect(typed).not.toContain(link)
  expect(await type(other, ['vault', 'fetch', orders, '--field', 'username'])).toBe('orders\n')
  expect((await runPeopleProcess(other, ['login'], { input: link })).code).not.toBe(0)
  const third = await newMachine()
  const old = { id: 's', rights: 'own', accessToken: 'a', refreshToken: 'r', accessUntil: 0, key: newKey() } as const
  await third.keep({ server: 'https://earlier.example', session: old, credentials: (await kept(other)).credentials })
  const next = await story.link(developer, request)
  const asked = await runPeopleProcess(third, ['login'], { input: next })
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('add --yes') })
  expect((await runPeopleProcess(third, ['login', '--yes'], { input: next })).code).toBe(0)
  const now = await kept(third)
  expect(now).toMatchObject({ server: world.latchkey().url, credentials: [{ grant: access }] })
  expect(now).not.toHaveProperty('session')
  const there = await runPeopleProcess(third, ['vault', 'fetch', orders, '--field', 'username'])
  expect(there).toEqual({ code: 0, out: 'orders', err: '' })

  // The first machine's token is over: it logs in anew by itself.
  expect(await type(machine, ['vault', 'fetch', orders, '--field', 'username'])).toContain('orders\n')

  // The vault itself refuses what this machine believes to be permitted.
  const content = await kept(machine)
  const believed = [{ type: 'management', path: 'kv/apps/orders/', permission: 'Admin' }]
  await machine.keep({ ...content, credentials: content.credentials.map((one) => ({ ...one, items: believed })) })
  const write = ['vault', 'update', orders, '--value', '{"username": "new"}']
  const denied = await type(machine, write, { code: 4 })
  const wider = '--permission ReadWrite --others ask --for 2h --reason "why you need it"'
  const wide = `  latchkey request kv/apps/orders/ --vault-id example ${wider}\n`
  expect(denied).toContain(`latchkey: the vault refused this: permission denied on kv/metadata/apps/orders/database\n`)
  expect(denied).toContain(`This asks for it:\n${wide}`)
  await approved(machine, words(wide.replace('2h', '1h')), lead, owner)
  expect(await type(machine, write)).toContain(`Updated ${orders}: version 2.`)

  // More time, and the end.
  const more = await approved(machine, ['extend', access, '--for', '4h', '--reason', 'The queue is stuck.'], owner)
  expect(more.access).not.toBe(access)
  const ending = await type(machine, ['give-back', access], { answers: [['[y/N]', 'y\n']] })
  expect(ending).toMatch(/The access (has ended|is ending)/)
  await story.untilState(request, 'ended')
  expect(await type(machine, ['access', '--ended'])).toContain(access)
  const listed = await type(machine, ['sessions'])
  const [, session = ''] = /^(\S+) .*this one$/m.exec(listed) ?? []
  await type(machine, ['sessions', '--end', session])
  expect(await type(machine, ['whoami'], { code: 3 })).toContain('latchkey sign-in')
})
