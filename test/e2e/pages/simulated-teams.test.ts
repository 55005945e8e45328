import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { eventually } from '../../support/eventually.ts'
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
} from '../../unit/simulator/teams-bot.ts'

const longLine = `one line without an end ${'x'.repeat(400)}`

/** What the bot of these tests puts into a form: a searched menu, a short menu, and words. */
const form = card(
  [
    textBlock('An owner decides.'),
    {
      ...{ type: 'Input.ChoiceSet', id: 'what', label: 'What', isRequired: true, errorMessage: 'Choose something' },
      ...{ style: 'filtered', isMultiSelect: true, choices: [{ title: 'orders database', value: 'orders' }] },
      'choices.data': { type: 'Data.Query', dataset: 'secrets' },
    },
    {
      ...{ type: 'Input.ChoiceSet', id: 'length', label: 'How long', style: 'compact', value: '15m' },
      choices: [
        { title: '15 minutes', value: '15m' },
        { title: '1 hour', value: '1h' },
      ],
    },
    {
      ...{ type: 'Input.Text', id: 'why', label: 'Why', isMultiline: true },
      ...{ isRequired: true, errorMessage: 'Say why' },
    },
  ],
  { actions: [{ type: 'Action.Submit', title: 'Send request', style: 'positive', data: { form: 'request' } }] },
)
const question = card(
  [textBlock('Approve this access?'), { type: 'Input.Text', id: 'note', label: 'Note', isMultiline: true }],
  { actions: [{ type: 'Action.Execute', title: 'Yes, approve', verb: 'form', data: { form: 'approve' } }] },
)
const request = card(
  [
    { type: 'TextBlock', text: 'Please decide', style: 'heading', size: 'large', weight: 'bolder', wrap: true },
    textBlock(
      '**Developer** asks <b>now</b> until {{TIME(2026-11-23T10:00:00Z)}}, see [the docs](https://example.com)',
    ),
    textBlock(longLine),
    { type: 'FactSet', facts: [{ title: 'How long', value: '15 minutes' }] },
  ],
  {
    refresh: { action: { type: 'Action.Execute', verb: 'refresh', data: { card: 'one' } }, userIds: [] },
    actions: [
      { type: 'Action.Execute', title: 'Approve', verb: 'press', style: 'positive', data: { press: 'approve' } },
      { type: 'Action.Execute', title: 'Remind', verb: 'press', data: { press: 'remind' } },
      { type: 'Action.Submit', title: 'Policy', data: { press: 'policy', msteams: { type: 'task/fetch' } } },
      { type: 'Action.OpenUrl', title: 'Open', url: 'http://127.0.0.1:9/fetch' },
    ],
  },
)
const words = (value: string) => ({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value })
const found = (...titles: string[]) => ({
  type: 'application/vnd.microsoft.search.searchResponse',
  value: { results: titles.map((title) => ({ title, value: title })) },
})
const access = {
  composeExtension: {
    type: 'result',
    attachmentLayout: 'list',
    attachments: [
      {
        contentType: cardType,
        content: card([textBlock('Access that you have')]),
        preview: {
          contentType: 'application/vnd.microsoft.card.thumbnail',
          content: { title: 'orders database', text: 'ends at noon' },
        },
      },
    ],
  },
}

const answers = ({ name, value }: Heard): unknown => {
  switch (name) {
    case 'composeExtension/fetchTask':
      return dialog('Request access', form)
    case 'composeExtension/submitAction':
      return { task: { type: 'message', value: 'Your request is filed.' } }
    case 'composeExtension/query':
      return access
    case 'application/search':
      return found('billing database', 'billing key')
    case 'task/fetch':
      return dialog('The policy', card([textBlock(longLine)]))
    case 'adaptiveCard/action':
      return JSON.stringify(value).includes('remind') ? words('They were reminded.') : asCard(question)
    default:
      return undefined
  }
}
const asCard = (value: object) => ({ statusCode: 200, type: cardType, value })

let browser: Browser
let pair: Pair
let page: Page
let developer: Locator
let owner: Locator
let messages: Locator

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  pair = await newPair({ suggestions: ['request orders database', 'mine'] })
  pair.answer(answers)
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, timezoneId: 'UTC' })
  await page.goto(`${pair.teams.url}/?show=${dev},${boss}`)
  developer = page.locator(`section.column[data-person="${dev}"]`)
  owner = page.locator(`section.column[data-person="${boss}"]`)
  messages = developer.getByRole('log')
})
afterEach(async () => {
  await page.close()
  await pair.close()
})

const press = (where: Locator, name: string) => where.getByRole('button', { name, exact: true }).click()
const inChat = () => pair.post(pair.teams.person(dev).chat, message(request))
const inChannel = async () => {
  await pair.post(channel, message(request))
  for (const column of [developer, owner]) await press(column, 'access')
}
const openForm = async (): Promise<Locator> => {
  await developer.getByLabel('Apps').click()
  await press(developer, 'Request access')
  const opened = developer.getByRole('dialog', { name: 'Request access' })
  await opened.waitFor()
  return opened
}
const unfold = async (): Promise<Locator> => {
  const opened = await openForm()
  await opened.getByRole('combobox', { name: 'What' }).click()
  await opened.getByRole('option', { name: 'orders database' }).waitFor()
  return opened
}
const hasFocus = (what: Locator) => what.evaluate((one) => one.matches(':focus'))
const approve = async () => {
  await inChat()
  await press(messages, 'Approve')
  await messages.getByText('Approve this access?').waitFor()
}

/** What sticks out of the column at its right side. */
const cutOff = () =>
  developer.evaluate((area) => {
    const edge = area.getBoundingClientRect().right
    const isSeen = ({ width, right }: { width: number; right: number }) => width > 0 && right > edge + 1
    return [...area.querySelectorAll('*')]
      .filter((one) => isSeen(one.getBoundingClientRect()))
      .map((one) => one.outerHTML)
  })

test('a long line makes neither a card nor a dialog wider than its column', async () => {
  await inChat()
  await messages.getByText('one line without an end').waitFor()
  expect(await cutOff()).toEqual([])
  await press(messages, 'Policy')
  await developer.getByRole('dialog', { name: 'The policy' }).waitFor()
  expect(await cutOff()).toEqual([])
})

test('a dialog that is longer than its column scrolls inside it, and its column stays in place', async () => {
  await page.setViewportSize({ width: 1280, height: 420 })
  await inChat()
  await openForm()
  const column = developer.locator('[data-area=modal]')
  await developer.getByRole('button', { name: 'Send request' }).scrollIntoViewIfNeeded()
  const heights = await column.evaluate((area) => [
    area.scrollHeight - area.clientHeight,
    area.parentElement?.scrollTop,
  ])
  expect(heights).toEqual([0, 0])
})

test('a card shows bold words, links and local times, and HTML of the bot as the letters that it is', async () => {
  await inChat()
  const line = messages.getByText('asks <b>now</b> until 10:00 AM')
  await line.waitFor()
  expect(await line.locator('strong').innerText()).toBe('Developer')
  expect(await line.locator('b').count()).toBe(0)
  expect(await line.getByRole('link').getAttribute('rel')).toBe('noopener noreferrer')
})

test('a form asks the bot while a person types, and sends what they chose and typed', async () => {
  const opened = await openForm()
  const field = opened.getByRole('combobox', { name: 'What' })
  await field.click()
  await opened.getByRole('option', { name: 'orders database' }).click()
  await field.pressSequentially('bill')
  await opened.getByRole('option', { name: 'billing key' }).click()
  await opened.getByLabel('How long').selectOption({ label: '1 hour' })
  await opened.getByLabel('Why').fill('The queue is stuck')
  await press(opened, 'Send request')
  await messages.getByText('Your request is filed.').waitFor()
  const sent = pair.heard.find(({ activity }) => activity.name === 'composeExtension/submitAction')
  expect(sent?.activity.value?.data).toEqual({
    ...{ form: 'request', what: 'orders,billing key', length: '1h', why: 'The queue is stuck' },
  })
  expect(await owner.getByText('Your request is filed.').count()).toBe(0)
})

test('a form lacks nothing before it is sent, and leads to what is missing', async () => {
  const opened = await openForm()
  await press(opened, 'Send request')
  await opened.getByText('Choose something').waitFor()
  expect(await hasFocus(opened.getByRole('combobox', { name: 'What' }))).toBe(true)
  expect(pair.heard.filter(({ activity }) => activity.name === 'composeExtension/submitAction')).toEqual([])
})

test('a dialog takes the focus, and gives it back when Escape closes it', async () => {
  const opened = await openForm()
  const field = opened.getByRole('combobox', { name: 'What' })
  await eventually(() => hasFocus(field), { about: () => 'the first field has the focus' })
  await page.keyboard.press('Escape')
  await opened.waitFor({ state: 'detached' })
  await eventually(() => hasFocus(developer.getByLabel('Apps')), { about: () => 'the menu has the focus again' })
})

test('an answer in place is seen by its person alone, and a refresh brings another one', async () => {
  await inChannel()
  await press(owner, 'Approve')
  await owner.getByText('Only you see this here.').waitFor()
  await eventually(() => hasFocus(owner.getByLabel('Note')), { about: () => 'the form in place has the focus' })
  expect(await messages.getByText('Please decide').count()).toBe(1)
  pair.answer(() => asCard({ ...request, body: [textBlock('It is decided')] }))
  await developer.getByLabel('More actions').click()
  await press(developer, 'Refresh card')
  await messages.getByText('It is decided').waitFor()
  expect(await owner.getByText('Approve this access?').count()).toBe(1)
})

test('a menu closes when something else is used, a card too', async () => {
  await inChat()
  const menu = developer.getByRole('button', { name: 'My access' })
  await developer.getByLabel('Apps').click()
  await menu.waitFor()
  await press(messages, 'Remind')
  await messages.getByText('They were reminded.').waitFor()
  expect(await menu.isVisible()).toBe(false)
  await eventually(() => hasFocus(messages.getByRole('button', { name: 'Remind' })), {
    about: () => 'Remind has the focus',
  })
})

test('a link button opens a page that knows nothing of this one', async () => {
  await inChat()
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    messages.getByRole('link', { name: 'Open', exact: true }).click(),
  ])
  expect(await opened.evaluate('window.opener')).toBe(null)
  await opened.close()
})

test('what is typed in a channel names the bot, once', async () => {
  await inChannel()
  expect(await developer.getByLabel(/^Message of/).getAttribute('placeholder')).toBe('Message @Latchkey')
  await developer.getByLabel(/^Message of/).fill('@Latchkey help')
  await press(developer, 'Send')
  await messages.getByText('@Latchkey help', { exact: true }).waitFor()
  await developer.getByLabel(/^Message of/).fill('mine')
  await press(developer, 'Send')
  await messages.getByText('@Latchkey mine').waitFor()
  expect(pair.heard.at(-1)?.activity.text).toBe('<at>Latchkey</at> mine')
})

/** The looks of the page, and how one gets to them. */
const looks: Record<string, () => Promise<unknown>> = {
  'an empty chat': () => messages.getByText('Nothing here yet').waitFor(),
  'typed words': async () => {
    await press(developer, 'mine')
    await press(developer, 'Send')
    await messages.getByText('mine').waitFor()
  },
  'a card': async () => {
    await inChat()
    await messages.getByText('Please decide').waitFor()
  },
  'a card in a channel': async () => {
    await inChannel()
    await messages.getByText('Please decide').waitFor()
  },
  'a form in place': approve,
  'words below a card': async () => {
    await inChat()
    await press(messages, 'Remind')
    await messages.getByText('They were reminded.').waitFor()
  },
  'an app that cannot be reached': async () => {
    await inChat()
    pair.teams.faults.dropDeliveries()
    await press(messages, 'Remind')
    await messages.getByText('Unable to reach app').waitFor()
  },
  'an open form': openForm,
  'an unfolded list': unfold,
  'a form that lacks something': async () => {
    await press(await openForm(), 'Send request')
    await developer.getByText('Say why').waitFor()
  },
  'a form with chosen things': async () => {
    const opened = await unfold()
    await opened.getByRole('option', { name: 'orders database' }).click()
    await opened.locator('.chip').waitFor()
  },
  'the menu of apps': () => developer.getByLabel('Apps').click(),
  'the menu of a message': async () => {
    await inChat()
    await developer.getByLabel('More actions').click()
  },
  'a search for access': async () => {
    await developer.getByLabel('Apps').click()
    await press(developer, 'My access')
    await developer.getByText('ends at noon').click()
    await developer.getByText('Access that you have').waitFor()
  },
}

test.each(Object.entries(looks))(
  'with %s the page is accessible in light and dark, fits a phone, and needs no mouse',
  async (_, reach) => {
    const check = await accessibilityCheck()
    await reach()
    await check(page)
  },
)

test('without JavaScript the page says what it needs', async () => {
  const plain = await browser.newPage({ javaScriptEnabled: false })
  await plain.goto(pair.teams.url)
  expect(await plain.locator('body').innerText()).toContain('needs JavaScript')
  await plain.close()
})
