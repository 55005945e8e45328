import { afterAll, beforeAll, expect, test } from 'vitest'
import { directTo, fakeUseCases, owner, ownerCard, type Stage, stage } from '../contract/chat-fakes.ts'
import { eventually } from '../support/eventually.ts'
import { trials } from '../support/trials.ts'

/** 20 refreshes and 1,000 presses a round; some of them while both lines of the app are about to end. */
const refreshes = 20
const pressesEach = 50
const rounds = Math.ceil(trials / 50)

const useCases = fakeUseCases()
let running: Stage
beforeAll(async () => {
  running = await stage(useCases, { socketMode: true })
})
afterAll(() => running?.stop())

test(`of ${rounds * refreshes * pressesEach} presses across ${rounds * refreshes} refreshes none is lost, and none acts twice`, async () => {
  const { slack, chat } = running
  await chat.platform.post(directTo(owner), ownerCard)
  const boss = slack.person('U0OWNER')
  const card = await boss.waitForMessage('please decide')
  const decisions = () => useCases.calls.filter(({ verb }) => verb === 'decideRequest').length
  let refused = 0
  const press = async () => {
    if (!(await boss.click(card, 'Approve')).ok) refused += 1
  }
  for (let refresh = 0; refresh < rounds * refreshes; refresh += 1) {
    await slack.until(() => slack.sockets.count() === 2 || undefined, 30_000)
    if (refresh % 2 === 0) slack.sockets.deliverTwice(5)
    slack.sockets.disconnect(refresh % 3 === 0 ? 'refresh_requested' : 'warning', 300)
    for (let pressed = 0; pressed < pressesEach; pressed += 5) {
      await Promise.all([press(), press(), press(), press(), press()])
    }
  }
  const presses = rounds * refreshes * pressesEach
  expect(refused).toBe(0)
  await eventually(() => decisions() >= presses)
  expect(decisions()).toBe(presses)
})
