import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerInTime, answerOnce, type Replies, type Surface } from '../../../../src/chat/teams/answers/one-answer.ts'
import type { Answer } from '../../../../src/chat/teams/deliveries/answers.ts'
import { ExternalError } from '../../../../src/ports.ts'
import { bare } from '../../../../src/views/copy.ts'
import { sentenceForm } from '../../../../src/views/dialogs.ts'
import type { FormView, MessageView } from '../../../../src/views/view-model.ts'
import { untilHolds } from '../../../support/until-holds.ts'

const said = (text: string): Answer => ({ status: 200, body: { said: text } })
const surface: Surface = {
  view: ({ summary }) => said(summary),
  form: async ({ title, inputs }, { say }) =>
    said([title, say, ...inputs.map(({ error }) => error)].filter(Boolean).join(' / ')),
  closed: async () => said('closed'),
}
const form = (title: string): FormView => sentenceForm(title, ['text'])

let later: MessageView[]
let logs: object[]
const log = {
  info: () => {},
  warn: (fields: object, message: string) => void logs.push({ ...fields, message }),
  error: (fields: object, message: string) => void logs.push({ ...fields, message }),
}
beforeEach(() => {
  vi.useFakeTimers()
  later = []
  logs = []
})
afterEach(() => {
  vi.useRealTimers()
})

const answering = (work: (replies: Replies) => Promise<unknown>, elapsed = 0) =>
  answerOnce({ surface, later: async (view) => later.push(view), log, elapsed }, work)
const told = () => later.map(({ summary }) => summary)

describe('the first thing that the work says', () => {
  test('is the answer, and what follows goes to the personal chat', async () => {
    const answer = answering(async ({ say }) => {
      await say(bare(['one']))
      await say(bare(['two']))
    })
    expect(await answer).toEqual(said('one'))
    expect(told()).toEqual(['two'])
  })

  test('may be a form, which another one replaces while nobody has seen it', async () => {
    const answer = answering(async ({ open, say }) => {
      const replace = await open(form('Request access'))
      await replace(form('Not possible'))
      await say(bare(['why']))
    })
    expect(await answer).toEqual(said('Not possible'))
    expect(told()).toEqual(['why'])
  })

  test('is what stands there when the work says nothing', async () => {
    expect(await answering(async () => {})).toEqual(said('closed'))
  })
})

describe('a sent form', () => {
  test('closes when its work is over, or says what became of it', async () => {
    expect(await answering(({ answer }) => answer({ kind: 'close' }))).toEqual(said('closed'))
    const refused = answering(async ({ answer, say }) => {
      await answer({ kind: 'close' })
      await say(bare(['it was decided meanwhile']))
    })
    expect(await refused).toEqual(said('it was decided meanwhile'))
    expect(later).toEqual([])
  })

  test('closes after two seconds although its work goes on, whose result goes to the personal chat', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const answer = answering(async ({ answer: reply, say }) => {
      await reply({ kind: 'close' })
      await promise
      await say(bare(['late']))
    })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await answer).toEqual(said('closed'))
    resolve()
    await untilHolds(() => expect(told()).toEqual(['late']))
  })

  test('is shown again with its errors, or only with their sentences where it is not possible any more', async () => {
    const errors = [{ field: { name: 'note', scope: undefined } as const, sentence: 'Say why.' }]
    const input = { name: 'note', label: 'Note', kind: 'paragraph', min: 0, max: 9 } as const
    const again = async () => ({ ...form('Deny?'), inputs: [input] })
    expect(await answering(({ answer }) => answer({ kind: 'errors', errors, redraw: again }))).toEqual(
      said('Deny? / Say why.'),
    )
    const gone = answering(({ answer }) => answer({ kind: 'errors', errors, redraw: async () => undefined }))
    expect(await gone).toEqual(said('Not possible'))
  })
})

describe('work that takes longer than Teams waits', () => {
  test('is answered by a sentence, and then in the personal chat', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const answer = answering(async ({ say }) => promise.then(() => say(bare(['done']))))
    await vi.advanceTimersByTimeAsync(4_000)
    expect(await answer).toEqual(said('This takes longer. The answer comes in your chat with Latchkey.'))
    resolve()
    await untilHolds(() => expect(told()).toEqual(['done']))
  })

  test('counts from the moment at which the delivery arrived', async () => {
    const answer = answering(() => new Promise(() => {}), 3_900)
    await vi.advanceTimersByTimeAsync(100)
    expect(await answer).toEqual(said('This takes longer. The answer comes in your chat with Latchkey.'))
  })

  test('opens no form: that may be tried again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const opened = vi.fn()
    const answer = answering(async ({ open }) => promise.then(() => open(form('Your one-time link'))).catch(opened))
    await vi.advanceTimersByTimeAsync(4_000)
    await answer
    resolve()
    await untilHolds(() => expect(opened).toHaveBeenCalled())
    expect(opened.mock.calls[0]?.[0]).toBeInstanceOf(ExternalError)
    expect(opened.mock.calls[0]?.[0]).toMatchObject({ transient: true })
    expect(later).toEqual([])
  })
})

test('an answer that cannot be drawn in time gives way to a sentence', async () => {
  const hanging = { ...surface, form: () => new Promise<Answer>(() => {}) }
  const answer = answerOnce({ surface: hanging, later: async () => {}, log, elapsed: 0 }, ({ open }) => open(form('x')))
  await vi.advanceTimersByTimeAsync(4_500)
  expect(await answer).toEqual(said('This takes longer. The answer comes in your chat with Latchkey.'))
})

test('a form that is drawn too late is not sent by itself, and the person reads that', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const sendable = {
    ...form('Request access'),
    submit: { label: 'Send', command: { form: 'request', draft: 'd1' } },
  } as const
  const answer = answering(({ answer: reply }) => promise.then(() => reply({ kind: 'replace', form: sendable })))
  await vi.advanceTimersByTimeAsync(4_000)
  await answer
  resolve()
  await untilHolds(() => expect(told()).toEqual([expect.stringContaining('nothing was sent')]))
})

test('a question that changes nothing is answered in time', async () => {
  const never = new Promise<Answer>(() => {})
  const answer = answerInTime(3_000, said('too long'), never)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await answer).toEqual(said('too long'))
  expect(await answerInTime(0, said('too long'), Promise.resolve(said('found')))).toEqual(said('found'))
})

describe('a bug', () => {
  test('in the work is told by a reference, as the answer or in the personal chat', async () => {
    const broken = await answering(() => Promise.reject(new Error('text of the bug')))
    expect(JSON.stringify(broken)).toMatch(/Reference [0-9A-F]{4}/)
    expect(JSON.stringify(broken)).not.toContain('text of the bug')
    await answering(async ({ say }) => {
      await say(bare(['one']))
      throw new Error('text of the bug')
    })
    expect(told()[0]).toMatch(/Reference/)
    expect(logs).toHaveLength(2)
  })

  test('in showing an answer is told, too', async () => {
    const broken = { ...surface, form: () => Promise.reject(new Error('text of the bug')) }
    const answer = answerOnce({ surface: broken, later: async () => {}, log, elapsed: 0 }, ({ open }) =>
      open(form('x')),
    )
    expect(JSON.stringify(await answer)).toMatch(/Reference/)
  })
})
