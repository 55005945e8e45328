import { describe, expect, test } from 'vitest'
import {
  isJustInstalled,
  placeOf,
  readCommand,
  readExecute,
  readQuery,
  wordsOf,
} from '../../../../src/chat/teams/answers/values.ts'
import { type Activity, type MessageActivity, readActivity } from '../../../../src/chat/teams/deliveries/activity.ts'

const base = {
  ...{ id: '1', type: 'message', channelId: 'msteams', serviceUrl: 'https://smba.trafficmanager.net/emea/' },
  from: { id: '29:person' },
  recipient: { id: '28:bot' },
  conversation: { id: '19:access@thread.tacv2;messageid=17' },
}
const read = (change: object): Activity => {
  const activity = readActivity({ ...base, ...change })
  if (activity === undefined || activity === 'unread') throw new Error('it is an activity')
  return activity
}
const message = (change: object) => read(change) as MessageActivity

describe('typed words', () => {
  const mention = { type: 'mention', text: '<at>Latchkey</at>', mentioned: { id: '28:bot' } }

  test('come without the mention of us, wherever it stands, and however often', () => {
    const text = '<at>Latchkey</at>\u00a0request kv/apps/db <at>Latchkey</at>'
    expect(wordsOf(message({ text, entities: [mention, mention] }))).toBe('request kv/apps/db')
  })

  test('are read as far as a command can be long, so that a flood of mentions holds up nobody', () => {
    const odd = Array.from({ length: 1_000 }, (_, at) => ({ ...mention, text: `<at>${at}</at>` }))
    const text = `help ${'<at>999</at>'.repeat(10_000)}`
    const words = wordsOf(message({ text, entities: odd }))
    expect(words.length).toBeLessThanOrEqual(10_000)
    expect(words).toMatch(/^help <at>999/)
  })

  test('keep the mentions of others', () => {
    const other = { ...mention, text: '<at>Colleague</at>', mentioned: { id: '29:other' } }
    expect(wordsOf(message({ text: '<at>Colleague</at> help', entities: [other] }))).toBe('<at>Colleague</at> help')
  })

  test('may be missing, and odd entities count as none', () => {
    expect(wordsOf(message({}))).toBe('')
    expect(wordsOf(message({ text: 'help', entities: [{ type: 7 }] }))).toBe('help')
  })
})

test('a conversation of a channel is the channel, without the thread', () => {
  expect(placeOf(read({}))).toBe('19:access@thread.tacv2')
})

test('the message of a command is its text, without the markup', () => {
  const content = '<div>payments &lt;fail&gt; &amp;&nbsp;<b>mails</b> wait</div>'
  expect(readCommand({ messagePayload: { body: { content, contentType: 'html' } } })).toEqual({
    message: 'payments <fail> & mails wait',
  })
  expect(readCommand({ messagePayload: { body: { content: 'a < b', contentType: 'text' } } })).toEqual({
    message: 'a < b',
  })
  expect(readCommand({ messagePayload: 7 })).toEqual({ message: '' })
  expect(readCommand(undefined)).toEqual({ message: '' })
})

test('only a true flag says that the app was just installed', () => {
  expect(isJustInstalled({ msteams: { justInTimeInstall: true } })).toBe(true)
  for (const data of [undefined, {}, { msteams: { justInTimeInstall: 'true' } }, { msteams: { type: 'task/fetch' } }])
    expect(isJustInstalled(data)).toBe(false)
})

test('what is missing in a value is empty', () => {
  expect(readExecute(undefined)).toEqual({ verb: '', data: undefined })
  expect(readExecute({ action: { verb: 'press', data: { press: 'x' } } })).toEqual({
    verb: 'press',
    data: { press: 'x' },
  })
  expect(readQuery({ parameters: [{ name: 'initialRun', value: 'true' }] })).toBe('')
  expect(readQuery({ parameters: [{ name: 'search', value: 'db' }] })).toBe('db')
  expect(readQuery(7)).toBe('')
})
