import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pressAndConfirm, untilOpened, untilTold } from '../../support/hands.ts'
import { teamsHands } from '../../support/teams-hands.ts'
import {
  boss,
  card,
  cardType,
  channel,
  dev,
  dialog,
  type Heard,
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

const hands = (oid = dev) => teamsHands(pair.teams, oid)
const asWords = (value: string) => ({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value })
const asCard = (value: object) => ({ statusCode: 200, type: cardType, value })
const approve = { type: 'Action.Execute', title: 'Approve', verb: 'press', data: { press: 'p1' } }
const open = { type: 'Action.Submit', title: 'Open the form', data: { press: 'p2', msteams: { type: 'task/fetch' } } }
const send = { type: 'Action.Submit', title: 'Send', data: { form: 'f', act: 'send', shown: { what: '' } } }
const show = { type: 'Action.Submit', title: 'Show choices', data: { form: 'f', act: 'update', shown: { what: '' } } }
const menu = (value = '') => ({
  type: 'Input.ChoiceSet',
  id: 'what',
  label: 'What',
  style: 'filtered',
  isMultiSelect: true,
  choices: [
    { title: 'kv/apps/db · reads well', value: 'r1' },
    { title: 'kv/apps/mail', value: 'r2' },
  ],
  'choices.data': { type: 'Data.Query', dataset: 'what' },
  ...(value !== '' && { value }),
})
const search = { type: 'Input.Text', id: 'search', label: 'Search here if no list opens while you type' }
const why = { type: 'Input.Text', id: 'why', label: 'Why' }
const attention = (text: string) => ({ ...textBlock(`⚠ ${text}`), color: 'attention' })
const verbIn = (value: Heard['value']) => (value as { action: { verb: string } } | undefined)?.action.verb
const sentWhat = ({ value }: Heard) => String((value?.data as Record<string, unknown>)?.what ?? '')

/** Answers typed words with a message, as a bot does that cannot open a dialog for them. */
const reply = async ({ id, conversation, from }: Heard, content: object) => {
  const { chat } = pair.teams.person(from.aadObjectId ?? '')
  const isThere = conversation.id === chat
  await pair.call(
    'POST',
    `conversations/${encodeURIComponent(chat)}/activities${isThere ? `/${id}` : ''}`,
    message(content),
  )
}

const inPlace = card(
  [
    { ...textBlock('Approve this access?'), style: 'heading' },
    textBlock('Developer on call asks.'),
    { type: 'Input.Text', id: 'note', label: 'Note' },
  ],
  {
    actions: [
      { type: 'Action.Execute', title: 'Approve', verb: 'form', data: { form: 'confirm', act: 'send' } },
      { type: 'Action.Execute', title: 'Not now', verb: 'refresh', data: { card: 'c1' } },
    ],
  },
)
const request = card([textBlock('A request')], { actions: [approve] })

/** The card in the channel as the person sees it. */
const posted = async (oid = boss) => {
  const id = await pair.post(channel, message(request))
  const found = hands(oid)
    .messages(channel)
    .find((each) => each.id === id)
  if (!found) throw new Error('not posted')
  return found
}

describe('the hands of a person', () => {
  test('type a request, press the button of the answer, and have the form', async () => {
    pair.answer(async (activity) => {
      if (activity.type === 'message')
        return void (await reply(activity, card([textBlock('Here it is.')], { actions: [open] })))
      if (activity.name === 'task/fetch')
        return dialog('Request access', card([menu(), search, why], { actions: [send, show] }))
      const body = [menu(sentWhat(activity)), search, { ...why, label: 'Why (please check)' }, attention('Say why.')]
      return dialog('Request access', card(body, { actions: [send, show] }))
    })
    await untilOpened(
      hands(),
      () => hands().command('request kv/apps/db'),
      () => hands().view(),
      () => 'a form',
    )
    expect(
      hands()
        .inbox()
        .map(({ text, isPrivate }) => [text, isPrivate]),
    ).toEqual([['Here it is.\n[Open the form]', true]])
    expect(hands().view()).toMatchObject({ title: 'Request access', submit: 'Send', close: 'Close' })
    await hands().pick('What', ['kv/apps/db', 'kv/apps/mail'])
    expect(pair.heard.at(-1)?.activity.value?.data).toMatchObject({ act: 'update', what: 'r1,r2' })
    expect(await hands().submit()).toEqual({ closed: false, errors: { Why: 'Say why.' } })
    expect(hands().view()?.fields).toMatchObject([
      { label: 'What', value: 'kv/apps/db, kv/apps/mail', options: [], error: '' },
      { label: 'Why', value: '', error: 'Say why.' },
    ])
    await hands().closeView()
    expect(hands().view()).toBeUndefined()
  })

  test('fill in a form in the place of a card, send it, and read the answer in private', async () => {
    pair.answer(({ value }) => (verbIn(value) === 'press' ? asCard(inPlace) : asWords('You approved it.')))
    const shown = await posted()
    await hands(boss).press(shown, 'Approve')
    expect(hands(boss).view()).toMatchObject({
      title: 'Approve this access?',
      text: 'Developer on call asks.',
      submit: 'Approve',
      close: 'Not now',
      fields: [{ label: 'Note', value: '' }],
    })
    await hands(boss).fill('Note', 'only today')
    expect(await hands(boss).submit()).toEqual({ closed: true, errors: {} })
    expect(pair.heard.at(-1)?.activity.value).toMatchObject({
      action: { verb: 'form', data: { form: 'confirm', note: 'only today' } },
    })
    expect([
      hands(boss).view(),
      hands(boss)
        .whispers()
        .map(({ text }) => text),
    ]).toEqual([undefined, ['You approved it.']])
    expect((await untilTold(hands(boss), 'You approved it', channel)).isPrivate).toBe(true)
    expect(hands(dev).messages(channel)).toHaveLength(1)
  })

  test('press again after an answer took the place of the card, and leave a form by its second button', async () => {
    pair.answer(({ value }) => {
      const verb = verbIn(value)
      return asCard(verb === 'press' ? inPlace : verb === 'form' ? card([textBlock('Done.')]) : request)
    })
    const shown = await posted()
    await pressAndConfirm(hands(boss), shown, 'Approve')
    expect(
      hands(boss)
        .whispers()
        .map(({ text }) => text),
    ).toEqual(['Done.'])
    await hands(boss).press(shown, 'Approve')
    await hands(boss).closeView()
    expect([hands(boss).view(), hands(boss).whispers().length]).toEqual([undefined, 1])
    expect(pair.heard.at(-1)?.activity.value).toMatchObject({ action: { verb: 'refresh', data: { card: 'c1' } } })
  })

  test('send a form whose card was changed meanwhile, as one who was a moment faster', async () => {
    pair.answer(({ value }) => {
      const verb = verbIn(value)
      return verb === 'press' ? asCard(inPlace) : asWords('That has already been approved.')
    })
    const shown = await posted()
    await hands(boss).press(shown, 'Approve')
    await pair.call(
      'PUT',
      `conversations/${encodeURIComponent(channel)}/activities/${shown.id}`,
      message(card([textBlock('Approved')])),
    )
    expect(hands(boss).view()).toBeUndefined()
    expect(await hands(boss).submit()).toEqual({ closed: true, errors: {} })
    await untilTold(hands(boss), 'already been approved', channel)
  })

  test('ask in a channel, and read the answer in the personal chat, as an answer to those words', async () => {
    pair.answer(
      async (activity) =>
        void (activity.type === 'message' && (await reply(activity, card([textBlock('Your access')])))),
    )
    await hands().command('mine', channel)
    const told = await untilTold(hands(), 'Your access', channel)
    expect([told.isPrivate, told.conversation]).toEqual([true, pair.teams.person(dev).chat])
    expect([hands().inbox().length, hands().whispers().length, hands(boss).messages(channel)]).toEqual([1, 1, []])
  })

  test('read an answer in the dialog of a sent form, and press its buttons', async () => {
    const link = { type: 'Action.Submit', title: 'Get my link', data: { press: 'p3' } }
    pair.answer((activity) => {
      if (activity.type === 'message') return reply(activity, card([textBlock('Here it is.')], { actions: [open] }))
      if (activity.name === 'task/fetch') return dialog('Request access', card([why], { actions: [send] }))
      return dialog('Latchkey', card([textBlock('You already have it.')], { actions: [link] }))
    })
    await hands().command('request')
    expect(await hands().submit()).toEqual({ closed: true, errors: {} })
    const told = await untilTold(hands(), 'You already have it.')
    expect([told.isPrivate, hands().view()?.submit]).toEqual([true, undefined])
    await hands().press(told, 'Get my link')
    expect(pair.heard.at(-1)?.activity).toMatchObject({ name: 'task/submit', value: { data: { press: 'p3' } } })
  })

  test('type a request again that nobody took', async () => {
    pair.answer((activity) => {
      if (activity.type === 'message') return reply(activity, card([textBlock('Here it is.')], { actions: [open] }))
      return dialog('Request access', card([why], { actions: [send] }))
    })
    pair.teams.faults.dropDeliveries()
    const see = () => hands().view()
    await untilOpened(
      hands(),
      () => hands().command('request'),
      see,
      () => 'a form',
    )
    expect(pair.heard.map(({ activity }) => activity.type)).toEqual(['message', 'invoke'])
  })

  test('are told to do it again when the bot was too slow', async () => {
    const shown = await posted()
    pair.teams.faults.dropDeliveries()
    await hands(boss).press(shown, 'Approve')
    expect(
      hands(boss)
        .whispers()
        .map(({ text }) => text),
    ).toEqual(['Unable to reach app. Please try again.'])
  })
})
