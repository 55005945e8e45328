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
beforeEach(async () => {
  pair = await newPair()
})
afterEach(() => pair.close())

const hands = (oid = dev) => pair.teams.person(oid)
const execute = (title: string, verb = 'press', more: object = {}) => ({
  type: 'Action.Execute',
  title,
  verb,
  data: { press: 'p1' },
  ...more,
})
const openDialog = { type: 'Action.Submit', title: 'Open', data: { press: 'p2', msteams: { type: 'task/fetch' } } }
const asWords = (value: string) => ({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value })
const asCard = (value: object) => ({ statusCode: 200, type: cardType, value })

/** Posts a card, and returns it as the person sees it. */
const posted = async (content: object, conversation = hands().chat, oid = dev) => {
  const id = await pair.post(conversation, message(content))
  const found = hands(oid)
    .messages(conversation)
    .find((each) => each.id === id)
  if (!found) throw new Error('not posted')
  return found
}

describe('a person writes', () => {
  test('to the bot, which gets who they are', async () => {
    const { ok, id } = await hands().say('help')
    expect(ok).toBe(true)
    const [{ activity }] = pair.heard as [Pair['heard'][number]]
    expect(activity).toMatchObject({
      type: 'message',
      id,
      text: 'help',
      channelId: 'msteams',
      from: { aadObjectId: dev },
    })
    expect(activity.conversation).toMatchObject({ id: hands().chat, conversationType: 'personal' })
    expect(activity.serviceUrl).toBe(pair.teams.serviceUrl)
  })

  test('in a channel, where the bot hears only what mentions it, with the thread in the conversation', async () => {
    await hands().say('hello all', channel, { mention: false })
    expect(pair.heard).toEqual([])
    const { id } = await hands().say('mine', channel)
    expect(pair.heard[0]?.activity).toMatchObject({
      text: '<at>Latchkey</at> mine',
      conversation: { id: `${channel};messageid=${id}`, conversationType: 'channel' },
      channelData: { channel: { id: channel } },
    })
    expect(hands(boss).messages(channel)).toHaveLength(2)
  })
})

describe('a button', () => {
  test('that is not there is an Error that lists those there', async () => {
    const shown = await posted(card([textBlock('A request')], { actions: [execute('Approve'), execute('Deny')] }))
    await expect(hands().press(shown, 'Revoke')).rejects.toThrow('"Approve", "Deny"')
  })

  test('of an Execute tells the words of the answer to this person alone', async () => {
    pair.answer(() => asWords('Noted.'))
    const shown = await posted(card([textBlock('A request')], { actions: [execute('Approve')] }), channel)
    await hands().press(shown, 'Approve')
    expect(pair.heard[0]?.activity).toMatchObject({
      name: 'adaptiveCard/action',
      replyToId: shown.id,
      value: { action: { type: 'Action.Execute', verb: 'press', data: { press: 'p1' } }, trigger: 'manual' },
    })
    expect(hands().notices()).toMatchObject([{ text: 'Noted.', conversation: channel, message: shown.id }])
    expect(hands(boss).notices()).toEqual([])
  })

  test('of an Execute shows the card of the answer in its place, until the message is edited', async () => {
    pair.answer(() => asCard(card([textBlock('Only for you')])))
    const shown = await posted(card([textBlock('A request')], { actions: [execute('Look')] }), channel)
    expect((await hands().press(shown, 'Look')).isInPlace).toBe(true)
    expect([hands().textOf(shown), hands(boss).textOf(shown)]).toEqual(['Only for you', 'A request\n[Look]'])
    const path = `conversations/${encodeURIComponent(channel)}/activities/${shown.id}`
    await pair.call('PUT', path, message(card([textBlock('Denied')])))
    const now = hands().messages(channel)[0]
    expect(now && hands().textOf(now)).toBe('Denied')
  })

  test('is the fallback for an old client, and a late press sends what was seen', async () => {
    pair.answer(({ name }) => (name === 'task/fetch' ? dialog('Sure?', card([textBlock('Really')])) : asWords('Late.')))
    const action = execute('Approve', 'press', { fallback: { ...openDialog, title: 'Approve' } })
    const shown = await posted(card([textBlock('A request')], { actions: [action] }), channel)
    pair.teams.setPerson(boss, { client: 'old' })
    await hands(boss).press(shown, 'Approve')
    expect(hands(boss).view()).toMatchObject({ title: 'Sure?', text: 'Really' })
    await pair.call(
      'PUT',
      `conversations/${encodeURIComponent(channel)}/activities/${shown.id}`,
      message(card([textBlock('Over')])),
    )
    await expect(hands().press(shown, 'Approve')).rejects.toThrow('no button')
    expect(await hands().press(shown, 'Approve', { asSeen: true })).toMatchObject({ ok: true })
    expect(hands().notices().at(-1)?.text).toBe('Late.')
  })

  test('that an old client does not have without a fallback', async () => {
    pair.teams.setPerson(dev, { client: 'old' })
    const shown = await posted(card([textBlock('A request')], { actions: [execute('Approve')] }))
    await expect(hands().press(shown, 'Approve')).rejects.toThrow('old client')
  })

  test('of a Submit without a dialog is a message with a value', async () => {
    const plain = { type: 'Action.Submit', title: 'Send', data: { press: 'p3' } }
    const shown = await posted(card([textBlock('x')], { actions: [plain] }))
    await hands().press(shown, 'Send')
    expect(pair.heard[0]?.activity).toMatchObject({ type: 'message', value: { press: 'p3' }, replyToId: shown.id })
  })
})

describe('a dialog', () => {
  const form = card(
    [
      {
        type: 'Input.ChoiceSet',
        id: 'what',
        label: 'What',
        style: 'filtered',
        isMultiSelect: true,
        choices: [{ title: 'kv/a', value: 'a' }],
        'choices.data': { type: 'Data.Query', dataset: 'what' },
      },
      { type: 'Input.Text', id: 'why', label: 'Why', isRequired: true, errorMessage: 'Say why', isMultiline: true },
    ],
    {
      actions: [
        { type: 'Action.Submit', title: 'Send', data: { form: 'f' } },
        { type: 'Action.Submit', title: 'Show choices', data: { form: 'f', act: 'update' } },
      ],
    },
  )

  test('opens from a card, asks the bot while people type, and sends everything', async () => {
    pair.answer(({ name, value }) => {
      if (name === 'task/fetch') return dialog('Request access', form)
      if (name === 'application/search') {
        const results = [{ title: `kv/${String(value?.queryText)}`, value: 'b' }]
        return { statusCode: 200, type: 'application/vnd.microsoft.search.searchResponse', value: { results } }
      }
      return undefined
    })
    await hands().press(await posted(card([textBlock('x')], { actions: [openDialog] })), 'Open')
    expect(
      hands()
        .view()
        ?.fields.map(({ label, value }) => [label, value]),
    ).toEqual([
      ['What', ''],
      ['Why', ''],
    ])
    expect(await hands().typeahead('What', '')).toEqual([{ title: 'kv/a', value: 'a' }])
    expect(await hands().typeahead('What', 'mail')).toEqual([{ title: 'kv/mail', value: 'b' }])
    await hands().pick('What', ['kv/a', 'kv/mail'])
    expect(await hands().submit()).toMatchObject({ sent: false, closed: false, errors: { Why: 'Say why' } })
    hands().fill('Why', 'it broke')
    expect(await hands().submit()).toMatchObject({ sent: true, closed: true })
    const sent = pair.heard.at(-1)?.activity
    expect(sent).toMatchObject({ name: 'task/submit', value: { data: { form: 'f', what: 'a,b', why: 'it broke' } } })
    expect(hands().view()).toBeUndefined()
  })

  test('asks the bot nothing while people type in a client without that', async () => {
    await pair.close()
    pair = await newPair({ hasTypeahead: false })
    pair.answer(() => dialog('Request access', form))
    await hands().press(await posted(card([textBlock('x')], { actions: [openDialog] })), 'Open')
    expect([await hands().typeahead('What', 'KV'), await hands().typeahead('What', 'mail')]).toEqual([
      [{ title: 'kv/a', value: 'a' }],
      [],
    ])
    await expect(hands().pick('What', 'kv/mail')).rejects.toThrow('it offers nothing')
    expect(pair.heard.map(({ activity }) => activity.name)).toEqual(['task/fetch'])
  })

  test('opens from the message box, and its submission is the extension’s', async () => {
    pair.answer(({ name }) =>
      name === 'composeExtension/fetchTask'
        ? dialog('Request access', form)
        : { task: { type: 'message', value: 'Filed.' } },
    )
    await hands().say('look at this', group)
    const [said] = hands().messages(group)
    expect(
      await hands().openExtension('requestAccess', { from: 'message', ...(said && { message: said }) }),
    ).toMatchObject({ ok: true })
    expect(pair.heard.at(-1)?.activity.value).toMatchObject({
      commandId: 'requestAccess',
      commandContext: 'message',
      messagePayload: { body: { contentType: 'html' } },
    })
    hands().fill('Why', 'because')
    await hands().submit()
    expect(pair.heard.at(-1)?.activity).toMatchObject({
      name: 'composeExtension/submitAction',
      value: { commandId: 'requestAccess', data: { why: 'because' } },
    })
    expect([hands().view(), hands().notices().at(-1)?.text]).toEqual([undefined, 'Filed.'])
  })

  test('is a failure for the person when the bot answers nothing usable', async () => {
    pair.answer(() => ({ task: { type: 'continue', value: form } }))
    const answer = await hands().press(await posted(card([textBlock('x')], { actions: [openDialog] })), 'Open')
    expect(answer).toMatchObject({ ok: false, error: 'unusable', shown: 'Something went wrong. Please try again.' })
    pair.answer(() => dialog('Dialog', card([textBlock('x')], { actions: [execute('Run')] })))
    const other = await hands().press(await posted(card([textBlock('x')], { actions: [openDialog] })), 'Open')
    expect(other.why).toContain('a dialog has no Action.Execute')
  })
})
