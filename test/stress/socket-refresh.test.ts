import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessCard, developer, directTo, fakeUseCases, type Stage, stage } from '../contract/chat-fakes.ts'
import { eventually } from '../support/eventually.ts'
import { trials } from '../support/trials.ts'

/** 20 in CI. Somebody presses all the time, 50 times and more at each: also in the moment when Slack closes both lines. */
const refreshes = Math.ceil(trials / 50) * 20
const pressesEach = 50

const useCases = fakeUseCases()
let running: Stage
beforeAll(async () => {
  running = await stage(useCases, { socketMode: true })
})
afterAll(() => running?.stop())

test(`of ${refreshes * pressesEach} presses and more across ${refreshes} refreshes none is lost, and none acts twice`, async () => {
  const { slack, chat } = running
  await chat.platform.post(directTo(developer), accessCard)
  const dev = slack.person('U0DEV')
  const card = await dev.waitForMessage('one-time link')
  const acts = () => useCases.calls.filter(({ verb }) => verb === 'openFetchLink').length
  await slack.until(() => slack.sockets.count() === 2 || undefined)
  const opened = () => slack.calls('apps.connections.open').length
  const refused: unknown[] = []
  let presses = 0
  const press = async () => {
    presses += 1
    const { ok, error } = await dev.click(card, 'Get my one-time link')
    if (!ok) refused.push(error)
  }
  for (let refresh = 0; refresh < refreshes; refresh += 1) {
    if (refresh % 2 === 0) slack.sockets.deliverTwice(5)
    const before = opened()
    slack.sockets.disconnect(refresh % 3 === 0 ? 'refresh_requested' : 'warning', 2_000)
    for (let pressed = 0; pressed < pressesEach; pressed += 5) {
      await Promise.all([press(), press(), press(), press(), press()])
    }
    await eventually(
      async () => {
        await press()
        return opened() >= before + 2 && slack.sockets.count() === 2
      },
      { limit: 60_000 },
    )
  }
  expect(refused).toEqual([])
  await eventually(() => acts() >= presses)
  expect(acts()).toBe(presses)
})
