import { afterEach, beforeEach, expect, test } from 'vitest'
import { refusalView } from '../../../src/views/copy.ts'
import { untilOpened, untilSent } from '../../support/hands.ts'
import { slackHands } from '../../support/slack-hands.ts'
import { developer, type Pair, startPair } from './bolt-app.ts'
import { modal } from './parts.ts'

let pair: Pair
let commands: number

/** An app that has no time at first, as on a busy machine. */
beforeEach(async () => {
  commands = 0
  pair = await startPair()
  pair.app.command('/vault', async ({ command, ack, client, respond }) => {
    await ack()
    commands += 1
    if (commands === 1) return void (await respond(refusalView({ code: 'try-again' }).summary))
    await client.views.open({ trigger_id: command.trigger_id, view: modal('First') })
  })
  pair.app.view('First', ({ ack }) => ack())
})
afterEach(() => pair.stop())

const open = async () => {
  const hands = slackHands(pair.slack, developer)
  await untilOpened(
    hands,
    () => hands.command('request'),
    () => hands.view()?.title === 'First',
    () => 'the first dialog',
  )
  return hands
}

test('a person to whom the app or the platform says that there was no time acts again', async () => {
  pair.slack.faults.dropDeliveries()
  const hands = await open()
  expect([hands.whispers().length, commands, hands.view()?.title]).toEqual([2, 2, 'First'])
})

test('a dialog that got no answer is sent again, and the repetition is counted', async () => {
  const hands = await open()
  pair.slack.faults.dropDeliveries()
  expect(await untilSent(hands)).toMatchObject({ closed: true, times: 2 })
  expect(hands.view()).toBeUndefined()
})
