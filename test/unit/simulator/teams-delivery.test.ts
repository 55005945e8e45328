import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  boss,
  card,
  cardType,
  channel,
  dev,
  dialog,
  group,
  message,
  newPair,
  type Pair,
  textBlock,
} from './teams-bot.ts'

let pair: Pair
const start = async (options: Parameters<typeof newPair>[0] = {}) => {
  pair = await newPair(options)
}
const startAgain = async (options: Parameters<typeof newPair>[0]) => {
  await pair.close()
  await start(options)
}
beforeEach(() => start())
afterEach(() => pair.close())

const hands = (oid = dev) => pair.teams.person(oid)
const form = card([textBlock('A form')], { actions: [{ type: 'Action.Submit', title: 'Send', data: { form: 'f' } }] })
const open = { type: 'Action.Submit', title: 'Open', data: { msteams: { type: 'task/fetch' } } }
const look = { type: 'Action.Execute', title: 'Look', verb: 'press', data: {} }
const never = new Promise(() => {})
const posted = async (content: object, conversation = hands().chat) => {
  const id = await pair.post(conversation, message(content))
  const found = pair.teams.messages(conversation).find((each) => each.id === id)
  if (!found) throw new Error('not posted')
  return found
}

describe('an invoke', () => {
  test('without an answer in time is a failure for the person, and the service repeats it until three times', async () => {
    await startAgain({ answerWithinMilliseconds: 400 }) // long enough for a busy machine to hear all
    pair.answer(() => never)
    const { ok, error, shown } = await hands().openExtension('requestAccess', { from: 'compose' })
    expect([ok, error, shown]).toEqual([false, 'timeout', 'Unable to reach app. Please try again.'])
    await pair.teams.until(() => pair.teams.deliveries().length === 3)
    expect(new Set(pair.heard.map(({ activity }) => activity.id)).size).toBe(1)
    expect(hands().notices()).toMatchObject([{ isFailure: true, text: shown }])
  })

  test('of a card is not repeated', async () => {
    await startAgain({ answerWithinMilliseconds: 400 }) // long enough for a busy machine to hear all
    pair.answer(() => never)
    const shown = await posted(card([textBlock('x')], { actions: [look] }))
    expect(await hands().press(shown, 'Look')).toMatchObject({ ok: false, error: 'timeout' })
    expect(pair.teams.deliveries()).toHaveLength(1)
  })

  test('whose answer is lost arrives twice, and the person sees the second answer', async () => {
    pair.answer(({ name }) =>
      name === 'composeExtension/fetchTask'
        ? dialog('Form', form)
        : { task: { type: 'message', value: `Filed ${pair.heard.length - 1}.` } },
    )
    await hands().openExtension('requestAccess', { from: 'commandBox' })
    pair.teams.faults.loseAnswer('delivery')
    expect(await hands().submit()).toMatchObject({ ok: true, closed: true })
    const [, first, second] = pair.heard.map(({ activity }) => activity)
    expect([first?.id, first?.name]).toEqual([second?.id, 'composeExtension/submitAction'])
    expect(hands().notices().at(-1)?.text).toBe('Filed 2.')
  })

  test('is a failure when the bot refuses it, or when nobody listens', async () => {
    pair.answer(() => 501)
    const shown = await posted(card([textBlock('x')], { actions: [look] }))
    expect(await hands().press(shown, 'Look')).toMatchObject({ status: 501, error: 'server-error' })
    pair.answer(() => 401)
    expect(await hands().press(shown, 'Look')).toMatchObject({ status: 401, error: 'client-error' })
    pair.teams.setMessagingEndpoint('http://127.0.0.1:9/nobody')
    expect(await hands().press(shown, 'Look')).toMatchObject({ status: 0, error: 'unreachable' })
  })

  test('keeps a dialog open when its submission fails, with Teams’ own line', async () => {
    pair.answer(({ name }) => (name === 'task/fetch' ? dialog('Form', form) : 500))
    await hands().press(await posted(card([textBlock('x')], { actions: [open] })), 'Open')
    expect(await hands().submit()).toMatchObject({ ok: false, closed: false, sent: true })
    expect(hands().view()?.trouble).toBe('Something went wrong. Please try again.')
  })
})

describe('the app', () => {
  test('tells the bot when a person adds or removes it', async () => {
    await hands().uninstall()
    await hands().install()
    expect(pair.heard.map(({ activity }) => [activity.type, activity.action])).toEqual([
      ['conversationUpdate', undefined],
      ['installationUpdate', 'remove'],
      ['conversationUpdate', undefined],
      ['installationUpdate', 'add'],
    ])
    expect(pair.heard.at(-1)?.activity).toMatchObject({
      from: { aadObjectId: dev },
      conversation: { id: hands().chat },
    })
  })

  test('hears nothing of a person who removed or blocked it, and its cards reach nobody there', async () => {
    const shown = await posted(card([textBlock('x')], { actions: [look] }))
    hands().block()
    await hands().say('help')
    expect([await hands().press(shown, 'Look'), pair.heard]).toMatchObject([{ error: 'unreachable' }, []])
  })

  test('opens a dialog in a chat without it, and is added there by a button of the dialog', async () => {
    pair.teams.setConversation(group, { hasApp: false })
    const install = { type: 'Action.Submit', title: 'Add Latchkey', data: { msteams: { justInTimeInstall: true } } }
    pair.answer(({ name }) => {
      if (name === 'composeExtension/fetchTask')
        return dialog('Add it first', card([textBlock('x')], { actions: [install] }))
      return name === 'composeExtension/submitAction' ? dialog('Form', form) : undefined
    })
    await hands().openExtension('requestAccess', { from: 'compose', conversation: group })
    expect(await hands().submit()).toMatchObject({ closed: false })
    expect(hands().view()?.title).toBe('Form')
    expect(pair.heard.map(({ activity }) => activity.type)).toEqual([
      'invoke',
      'conversationUpdate',
      'installationUpdate',
      'invoke',
    ])
    expect(pair.heard.at(-1)?.activity.value).toMatchObject({ data: { msteams: { justInTimeInstall: true } } })
    await pair.post(group, { type: 'message', text: 'here now' })
  })

  test('is used by nobody whose account is deactivated', async () => {
    pair.teams.setPerson(dev, { isDeactivated: true })
    await expect(hands().say('help')).rejects.toThrow('deactivated')
  })
})

describe('a card with a refresh', () => {
  const refresh = (userIds?: string[]) => ({
    refresh: {
      action: { type: 'Action.Execute', title: 'Refresh', verb: 'refresh', data: { card: 'c1' } },
      ...(userIds && { userIds }),
    },
  })
  const fresh = () => pair.answer(() => ({ statusCode: 200, type: cardType, value: card([textBlock('Fresh')]) }))
  const triggers = () => pair.heard.map(({ activity }) => (activity.value as { trigger: string }).trigger)

  test('for nobody is asked for only by hand, and changes what one person sees', async () => {
    fresh()
    const shown = await posted(card([textBlock('Old')], refresh([])), channel)
    await hands().look(channel)
    expect(pair.heard).toEqual([])
    expect(await hands().refresh(shown)).toMatchObject({ ok: true, isInPlace: true })
    expect(pair.heard[0]?.activity).toMatchObject({
      value: { action: { verb: 'refresh', data: { card: 'c1' } }, trigger: 'manual' },
    })
    expect([hands().textOf(shown), hands(boss).textOf(shown)]).toEqual(['Fresh', 'Old'])
    hands().forget(shown)
    expect(hands().textOf(shown)).toBe('Old')
  })

  test('for some people is asked for by their clients, at most once a minute', async () => {
    let now = 1_800_000_000_000
    await startAgain({ now: () => now })
    fresh()
    await hands().say('x', channel)
    const id = String(pair.heard[0]?.activity.from.id)
    pair.heard.length = 0
    pair.answer(() => ({ statusCode: 200, type: cardType, value: card([textBlock('Fresh')], refresh([id])) }))
    await posted(card([textBlock('Old')], refresh([id])), channel)
    await hands().look(channel)
    await hands().look(channel)
    await hands(boss).look(channel)
    expect(triggers()).toEqual(['automatic'])
    now += 60_001
    await hands().look(channel)
    expect(triggers()).toEqual(['automatic', 'automatic'])
  })

  test('for all is asked for in small conversations, and never by an old client', async () => {
    fresh()
    await posted(card([textBlock('Old')], refresh()), channel)
    pair.teams.setPerson(boss, { client: 'old' })
    await hands(boss).look(channel)
    await hands().look(channel)
    expect(triggers()).toEqual(['automatic'])
  })
})

describe('a search command', () => {
  test('lists what the bot finds, and asks for its first run without words', async () => {
    const preview = {
      contentType: 'application/vnd.microsoft.card.thumbnail',
      content: { title: 'Database', text: 'for 1 hour' },
    }
    const attachments = [{ contentType: cardType, content: card([textBlock('x')]), preview }]
    pair.answer(() => ({ composeExtension: { type: 'result', attachmentLayout: 'list', attachments } }))
    expect(await hands().search('myAccess', 'data')).toMatchObject({
      ok: true,
      results: [{ title: 'Database', text: 'Database\nfor 1 hour' }],
    })
    await hands().search('myAccess', '')
    expect(pair.heard.map(({ activity }) => activity.value)).toMatchObject([
      { commandId: 'myAccess', parameters: [{ name: 'search', value: 'data' }] },
      { parameters: [{ name: 'initialRun', value: 'true' }] },
    ])
    pair.answer(() => ({ composeExtension: { type: 'message', text: 'Nothing.' } }))
    expect((await hands().search('myAccess', 'x')).words).toBe('Nothing.')
    pair.answer(() => ({}))
    expect(await hands().search('myAccess', 'x')).toMatchObject({ ok: false, error: 'unusable' })
  })
})
