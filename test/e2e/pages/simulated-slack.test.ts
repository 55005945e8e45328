import type { types } from '@slack/bolt'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { eventually } from '../../support/eventually.ts'
import { developer, type Pair, startPair } from '../../unit/simulator/bolt-app.ts'
import { requestModal, scriptedApp } from '../../unit/simulator/scripted-app.ts'

const longLine = `\`\`\`${'one line without an end '.repeat(40)}${'\nand one more'.repeat(12)}\`\`\``
const section = (text: string): types.KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text } })

let browser: Browser
let pair: Pair
let page: Page
let column: Locator
let messages: Locator

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  pair = await startPair()
  scriptedApp(pair.app)
  pair.app.command('/long', async ({ ack, command, client }) => {
    await ack()
    const view = { ...requestModal(), blocks: [section(longLine), ...requestModal().blocks] }
    await client.views.open({ trigger_id: command.trigger_id, view })
  })
  pair.app.command('/card', async ({ ack, body, client }) => {
    await ack()
    const press = { type: 'button' as const, action_id: 'deny', text: { type: 'plain_text' as const, text: 'Deny' } }
    const blocks = [section(longLine), { type: 'actions' as const, elements: [press] }]
    const { channel } = await client.conversations.open({ users: body.user_id })
    for (let card = 0; card < 4; card += 1)
      await client.chat.postMessage({ channel: channel?.id ?? '', text: 'A card', blocks, unfurl_links: false })
  })
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(pair.slack.url)
  column = page.locator(`section.column[data-person="${developer}"]`)
  messages = column.getByRole('log')
})
afterEach(async () => {
  await page.close()
  await pair.stop()
})

const send = async (text: string): Promise<void> => {
  await column.getByLabel(/^Command of/).fill(text)
  await column.getByRole('button', { name: 'Send', exact: true }).click()
}

/** Presses where the button is now, as a hand does: it does not follow a button that moves away. */
const pressByHand = async (button: Locator): Promise<void> => {
  const { x, y, width, height } = (await button.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await page.mouse.move(x + width / 2, y + height / 2)
  await page.mouse.down()
  await page.mouse.up()
}

const toStart = () =>
  messages.evaluate((area) => {
    area.scrollTop = 0
  })
const fromEnd = () => messages.evaluate((area) => area.scrollHeight - area.scrollTop - area.clientHeight)
const atEnd = () => eventually(async () => (await fromEnd()) < 2, { about: () => 'the end of the messages is seen' })

/** What sticks out of the column at its right side. */
const cutOff = () =>
  column.evaluate((area) => {
    const edge = area.getBoundingClientRect().right
    const isSeen = ({ width, right }: { width: number; right: number }) => width > 0 && right > edge + 1
    return [...area.querySelectorAll('*')]
      .filter((one) => isSeen(one.getBoundingClientRect()))
      .map((one) => one.outerHTML)
  })

test('a long line makes neither a card nor a dialog wider than its column', async () => {
  await send('/card')
  await messages.getByText('one line without an end').nth(3).waitFor()
  expect(await cutOff()).toEqual([])
  await send('/long')
  await column.getByRole('dialog', { name: 'Request access' }).getByText('one line without an end').waitFor()
  expect(await cutOff()).toEqual([])
})

const request = async (words = ''): Promise<Locator> => {
  await send(`/vault request${words}`)
  return column.getByRole('dialog', { name: 'Request access' })
}

test('a form opens with its fields in sight: a list unfolds when a person asks for it, by click, key or letter', async () => {
  const dialog = await request()
  const field = dialog.getByRole('combobox', { name: 'Secret' })
  const option = dialog.getByRole('option', { name: 'cloud/deploy' })
  const isFolded = async () => expect(await field.getAttribute('aria-expanded')).toBe('false')
  await field.focus()
  await isFolded()
  await pressByHand(field)
  await option.waitFor()
  await field.press('Escape')
  await isFolded()
  await field.press('ArrowDown')
  await option.waitFor()
  await field.press('Escape')
  await field.pressSequentially('clo')
  await pressByHand(option)
  expect(await field.inputValue()).toBe('cloud/deploy')
  await dialog.getByRole('textbox').last().focus()
  await field.focus()
  await isFolded()
})

test('the first press on a form’s button counts while a list is unfolded, and the buttons stay where they are', async () => {
  const dialog = await request()
  const [field, cancel, submit] = [
    dialog.getByRole('combobox', { name: 'Secret' }),
    dialog.getByRole('button', { name: 'Cancel' }),
    dialog.getByRole('button', { name: 'Send', exact: true }),
  ]
  const option = dialog.getByRole('option', { name: 'cloud/deploy' })
  const places = async () => [await cancel.boundingBox(), await submit.boundingBox()]
  await field.waitFor()
  const before = await places()
  await pressByHand(field)
  await option.waitFor()
  expect(await places()).toEqual(before)
  await pressByHand(submit)
  await dialog.locator('[aria-invalid]:focus').waitFor()
  expect(await places()).toEqual(before)
  await pressByHand(field)
  await pressByHand(option)
  expect(await places()).toEqual(before)
  await pressByHand(field)
  await option.waitFor()
  await pressByHand(cancel)
  await dialog.waitFor({ state: 'detached' })
})

const opened = async (): Promise<Locator> => {
  const dialog = await request()
  await dialog.waitFor()
  return dialog
}
const unfolded = async (): Promise<Locator> => {
  const dialog = await opened()
  await dialog.getByRole('combobox', { name: 'Secret' }).click()
  await dialog.getByRole('option', { name: 'cloud/deploy' }).waitFor()
  return dialog
}

/** The looks of the page, and how one gets to them. */
const looks: Record<string, () => Promise<unknown>> = {
  'an empty conversation': () => messages.getByText('Nothing here yet').waitFor(),
  'a private answer': async () => {
    await send('/vault help')
    await messages.getByText('Try: request').waitFor()
  },
  'cards with long lines': async () => {
    await send('/card')
    await messages.getByText('one line without an end').nth(3).waitFor()
  },
  'a line that is no command': async () => {
    await send('hello')
    await column.getByText('begin with a slash').waitFor()
  },
  'an open form': opened,
  'an unfolded list': unfolded,
  'a refused form': async () => {
    const dialog = await opened()
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    await dialog.locator('[aria-invalid]:focus').waitFor()
  },
  'a question before a press': async () => {
    const dialog = await unfolded()
    await dialog.getByRole('option', { name: 'cloud/deploy' }).click()
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('the deploy has failed')
    await dialog.getByLabel('Role').selectOption({ label: 'Read only' })
    await dialog.getByText('Writing needs two approvals').waitFor()
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('dialog', { name: 'Approve?' }).waitFor()
  },
  'the switches for faults': async () => {
    await page.getByText('Make something fail').click()
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByText('1 × rate-limit').waitFor()
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

test('only as many people are shown as the window holds whole, the last chosen ones first', async () => {
  const chosen = () => page.locator('.chooser [aria-pressed=true]').allInnerTexts()
  const areWhole = () =>
    page.locator('.columns').evaluate((area) => {
      const { left, right } = area.getBoundingClientRect()
      const shown = [...area.children].map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0)
      return shown.every((one) => one.left >= left && one.right <= right)
    })
  const names = await page.locator('.chooser button').allInnerTexts()
  for (const width of [1440, 1280, 700, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await page.evaluate('new Promise(requestAnimationFrame)') // the page hears of its size before that
    await eventually(areWhole, { about: () => `nobody is cut off at ${width} pixels` })
    for (const name of names) {
      const button = page.locator('.chooser button', { hasText: name })
      if ((await button.getAttribute('aria-pressed')) === 'false') await button.click()
      expect(await chosen()).toContain(name)
      expect(await areWhole()).toBe(true)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
  }
  expect(await chosen()).toHaveLength(1)
})

test('without JavaScript the page says what it needs', async () => {
  const plain = await browser.newPage({ javaScriptEnabled: false })
  await plain.goto(pair.slack.url)
  expect(await plain.locator('body').innerText()).toContain('needs JavaScript')
  expect(await plain.getByRole('button').count()).toBe(0)
  await plain.close()
})

test('the answer to one’s own command or press is scrolled to; what others cause is not', async () => {
  await send('/card')
  await messages.getByText('one line without an end').nth(3).waitFor()
  await toStart()
  await send('/vault help')
  await messages.getByText('Try: request').waitFor()
  await atEnd()
  await messages.getByRole('button', { name: 'Deny' }).first().click()
  await messages.getByText('Only owners may deny').waitFor()
  await atEnd()
  await messages.hover()
  await page.mouse.wheel(0, -10_000)
  await eventually(() => messages.evaluate((area) => area.scrollTop === 0), { about: () => 'the wheel scrolled' })
  await pair.app.client.chat.postMessage({ channel: await direct(), text: 'Somebody else decided' })
  await messages.getByText('Somebody else decided').waitFor()
  expect(await messages.evaluate((area) => area.scrollTop)).toBe(0)
})

const direct = async (): Promise<string> => {
  const { channel } = await pair.app.client.conversations.open({ users: developer })
  return channel?.id ?? ''
}

test('a menu that is filled in beforehand can be added to and taken from', async () => {
  const option = (value: string) => ({ text: { type: 'plain_text' as const, text: `Name ${value}` }, value })
  pair.app.options('many', ({ ack, options }) => ack({ options: options.value === '' ? [option('three')] : [] }))
  pair.app.command('/many', async ({ ack, command, client }) => {
    await ack()
    const element: types.MultiExternalSelect = {
      ...{ type: 'multi_external_select', action_id: 'many', min_query_length: 0 },
      initial_options: [option('one'), option('two')],
    }
    const label = { type: 'plain_text' as const, text: 'Many' }
    const view = { ...requestModal(), blocks: [{ type: 'input' as const, block_id: 'many', label, element }] }
    await client.views.open({ trigger_id: command.trigger_id, view })
  })
  await send('/many')
  const dialog = column.getByRole('dialog', { name: 'Request access' })
  const chips = dialog.locator('[data-do=unchoose]')
  await dialog.getByRole('combobox', { name: 'Many' }).click()
  await dialog.getByRole('option', { name: 'Name three' }).click()
  await eventually(async () => (await chips.count()) === 3, { about: () => 'three are chosen' })
  await chips.first().click()
  await eventually(async () => (await chips.count()) === 2, { about: () => 'one is gone' })
})
