import { expect, test } from 'vitest'
import { newInbound } from '../../../src/chat/conversation/inbound.ts'
import type { ConversationDeps } from '../../../src/chat/conversation/port.ts'
import type { Outcome } from '../../../src/domain/refusal.ts'
import { accept, refuse } from '../../../src/domain/refusal.ts'
import { secret } from '../../../src/domain/secret.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { ExternalError } from '../../../src/ports.ts'
import type { MessageView } from '../../../src/views/view-model.ts'
import { fakeUseCases } from '../../contract/chat-fakes.ts'

const identity = { platform: 'somewhere', tenant: 'T', subject: 'U0NEW' } as const
const taken = (...keys: string[]) => ({ isKeyTaken: async (key: string) => keys.includes(key) })

/** A stranger types; what the platform was asked, and what the stranger was told. */
const talk = (overrides: Parameters<typeof fakeUseCases>[0] = {}) => {
  const asked = { account: 0, name: 0 }
  const platform: { says: () => Promise<Outcome<void>>; now: number } = { says: async () => accept(undefined), now: 0 }
  const said: MessageView[] = []
  const useCases = fakeUseCases(overrides)
  const deps: ConversationDeps = {
    ...{ label: 'Somewhere', command: '/vault', sealingSecret: secret('s'), newId: () => 'd', useCases },
    admits: () => {
      asked.account += 1
      return platform.says()
    },
    fullName: async () => {
      asked.name += 1
      return 'Grace'
    },
    directory: { find: () => undefined, members: () => [] },
    clock: { now: () => timestamp(platform.now) },
    log: { info: () => {}, warn: () => {}, error: (fields) => expect(fields).toBe('no bug') },
  }
  const inbound = newInbound(deps)
  const open = async () => async () => {}
  const type = (words = 'mine') =>
    inbound.command({ identity }, words, { say: async (view) => void said.push(view), open })
  return { type, said, asked, platform, refusals: useCases.refusals }
}

test('however often a stranger types, the platform is asked once in an hour about account and name', async () => {
  const { type, said, asked, platform } = talk()
  await Promise.all(Array.from({ length: 100 }, () => type('request db')))
  for (let time = 0; time < 200; time += 1) await type()
  expect(asked).toEqual({ account: 1, name: 1 })
  expect(said).toHaveLength(300)
  expect(said.filter(({ code }) => code !== undefined)).toHaveLength(1)
  platform.now += 3_600_000
  await type()
  expect(asked).toEqual({ account: 2, name: 2 })
  expect(said.at(-1)?.code).toContain('  grace:')
})

test('a guest is told so, and sees no lines, no group and no button; the refusal is audited', async () => {
  const { type, said, asked, platform, refusals } = talk()
  platform.says = async () => refuse({ code: 'not-admitted', why: 'guest' })
  for (let time = 0; time < 50; time += 1) await type()
  expect(asked).toEqual({ account: 1, name: 0 })
  for (const view of said) {
    expect(view.summary).toContain('Guests cannot')
    expect([view.code, view.actions ?? []]).toEqual([undefined, []])
    expect(JSON.stringify(view)).not.toContain('developers')
  }
  expect(refusals[0]?.refusal).toMatchObject({ code: 'not-admitted', why: 'guest' })
  platform.says = async () => accept(undefined)
  platform.now += 60_000
  await type()
  expect(said.at(-1)?.code).toContain('  grace:')
})

test('while the platform is silent nobody sees the lines, and soon it is asked again', async () => {
  const { type, said, asked, platform } = talk()
  platform.says = () => Promise.reject(new ExternalError('chat-unreachable', 'away', { transient: true }))
  for (let time = 0; time < 50; time += 1) await type()
  expect([asked.account, said.some(({ code }) => code !== undefined)]).toEqual([1, false])
  platform.says = async () => accept(undefined)
  platform.now += 5_000
  await type()
  expect(said.at(-1)?.code).toContain('  grace:')
})

test('a stranger is never proposed under a key that meant somebody', async () => {
  const { type, said } = talk(taken('grace', 'grace-2'))
  await type()
  expect(said[0]?.code).toContain('  grace-3:')
  expect(said[0]?.code?.join('\n')).not.toContain('grace:')
})
