import { expect, test } from 'vitest'
import type { Conversation } from '../../../src/chat/conversation/conversation.ts'
import { type Admitted, type Caller, takeTurn, type Work } from '../../../src/chat/conversation/turn.ts'
import { personId } from '../../../src/domain/ids.ts'
import { accept, refuse } from '../../../src/domain/refusal.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { ExternalError } from '../../../src/ports.ts'

const identity = { platform: 'somewhere', tenant: 't', subject: 's' } as const
const person = { id: personId('ada'), name: 'Ada', identities: [identity] }

/** A conversation with one known person, what was said in it, and what was refused. */
const talk = (admits: Conversation['admits']) => {
  const said: string[] = []
  const refusals: unknown[] = []
  const logs: object[] = []
  const log = (fields: object) => void logs.push(fields)
  const useCases = {
    identify: () => accept(person),
    recordRefusal: async (...refusal: unknown[]) => void refusals.push(refusal),
  }
  const clock = { now: () => timestamp(0) }
  const conversation = { label: 'Somewhere', admits, useCases, turns: new Set(), clock, log: { warn: log, error: log } }
  const turn = {
    sender: { identity },
    answer: async ({ summary }: { summary: string }) => void said.push(summary),
    about: { request: 'q1' },
  }
  return { conversation: conversation as never as Conversation, turn: turn as never, said, refusals, logs }
}
const guest = refuse({ code: 'not-admitted', why: 'guest' })
const silent = () => Promise.reject(new ExternalError('chat-unreachable', 'away', { transient: true }))

test('a handler that does not say how the account is looked at, or acts for somebody unlooked at, does not compile', () => {
  const { conversation, turn } = talk(async () => accept(undefined))
  const work: Work = { act: async () => undefined }
  // @ts-expect-error: the admission is missing
  const forgotten = () => takeTurn(conversation, turn, work)
  const act = async (_: Admitted) => undefined
  // @ts-expect-error: a caller of whom the platform was not asked
  const unasked = (caller: Caller) => act(caller)
  expect([forgotten, unasked]).toHaveLength(2)
})

test('nothing is done for who is not admitted: what was shown is taken back, and the refusal audited with its subject', async () => {
  const { conversation, turn, said, refusals } = talk(async () => guest)
  const steps: string[] = []
  await takeTurn(conversation, turn, 'minute', {
    prepare: async () => {
      steps.push('prepare')
      return accept('go-on')
    },
    act: async () => void steps.push('act'),
    undo: async () => steps.push('undo'),
  })
  expect(steps).toEqual(['prepare', 'undo'])
  expect(refusals).toEqual([[{ kind: 'person', id: 'ada' }, guest.refusal, { request: 'q1' }]])
  expect(said).toEqual([expect.stringContaining('Guests cannot')])
})

test.each([
  ['fresh', false],
  ['minute', false],
  ['minute-unless-silent', true],
  [{ givesBack: 'g1' as never }, true],
] as const)('while the platform is silent, a turn with the admission %o goes on: %s', async (admission, goesOn) => {
  const { conversation, turn, said } = talk(silent)
  let acted = false
  await takeTurn(conversation, turn, admission, {
    act: async () => {
      acted = true
      return undefined
    },
  })
  expect([acted, said.length]).toEqual([goesOn, goesOn ? 0 : 1])
})

test('what is done in the preparation ends the turn without asking anybody', async () => {
  let asked = 0
  const { conversation, turn } = talk(async () => accept(void asked++))
  await takeTurn(conversation, turn, 'fresh', {
    prepare: async () => accept('done'),
    act: () => Promise.reject(new Error('it was done')),
  })
  expect([asked, conversation.turns.size]).toEqual([0, 0])
})

test('a bug is told with a reference, also when it cannot be told', async () => {
  const { conversation, turn, said, logs } = talk(async () => accept(undefined))
  const bug = { act: () => Promise.reject(new Error('on fire')) }
  await takeTurn(conversation, turn, 'minute', bug)
  const reference = /Reference ([0-9A-F]{4})/.exec(said[0] ?? '')?.[1]
  expect(logs).toEqual([{ reference, failure: expect.stringContaining('on fire') }])
  const mute = { ...(turn as object), answer: () => Promise.reject(new Error('mute')) } as never
  await takeTurn(conversation, mute, 'minute', bug)
  expect(logs).toHaveLength(3)
})
