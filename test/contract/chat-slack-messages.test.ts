import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { encodeButton } from '../../src/chat/conversation/codec.ts'
import { cardId, grantId, requestId } from '../../src/domain/ids.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import type { ButtonCommand, Origin } from '../../src/views/view-model.ts'
import { untilHolds } from '../support/until-holds.ts'
import { channel, developer, directTo, fakeUseCases, owner, ownerCard, type Stage, stage } from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (overrides: Partial<UseCases> = {}, isSocket = false) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases, { socketMode: isSocket })
  const { slack, chat } = running
  return { useCases, slack, chat, dev: slack.person('U0DEV'), boss: slack.person('U0OWNER') }
}

const everyButton: readonly ButtonCommand[] = [
  { do: 'approve', request: requestId('q1') },
  { do: 'deny', request: requestId('q1') },
  { do: 'cancel', request: requestId('q1') },
  { do: 'remind', request: requestId('q1') },
  { do: 'show-policy', request: requestId('q1') },
  { do: 'revoke', grant: grantId('g1') },
  { do: 'give-back', grant: grantId('g1') },
  { do: 'get-link', grant: grantId('g1') },
]
const somebodysCard: Origin = { card: cardId('some-card') }

/** What somebody who stole the bot token can do: call any method with any content. */
const asThief = async (slack: Stage['slack'], method: string, content: object) => {
  const answer = await fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-of-this-test', 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(content),
  })
  expect(await answer.json()).toMatchObject({ ok: true })
}
const falseBlocks = (command: ButtonCommand, origin?: Origin) => [
  { type: 'section', text: { type: 'mrkdwn', text: 'Free cake at noon' } },
  {
    type: 'actions',
    elements: [
      {
        type: 'button',
        action_id: command.do,
        text: { type: 'plain_text', text: 'I am coming' },
        value: encodeButton(command, origin),
      },
    ],
  },
]
const words = 'Latchkey does not update this message for you'

describe('a button under a false label, in a message that Latchkey did not write,', () => {
  test.each(everyButton)('does nothing: %o is refused in words, and audited', async (command) => {
    const { useCases, slack, boss } = await play({
      checkPress: async () => refuse({ code: 'foreign-message' }),
    })
    for (const origin of [undefined, somebodysCard]) {
      const content = { channel: 'C0OPEN', text: 'Free cake', blocks: falseBlocks(command, origin) }
      await asThief(slack, 'chat.postMessage', content)
      const seen = boss.messages('C0OPEN').length
      await boss.click(await boss.waitForMessage('Free cake', 'C0OPEN'), 'I am coming')
      await slack.until(() => boss.messages('C0OPEN').length > seen)
      await boss.waitForMessage(words, 'C0OPEN')
    }
    const refused = { actor: { kind: 'person', id: owner.id }, refusal: { code: 'foreign-message' } }
    expect(useCases.refusals).toEqual([refused, refused])
    expect(useCases.calls).toEqual([])
    expect(boss.view()).toBeUndefined()
  })

  test.each(everyButton)('does nothing as a list that only one person sees: %o', async (command) => {
    const { useCases, slack, boss, dev } = await play()
    await dev.command('mine')
    const list = await dev.waitForMessage('Your access')
    const stolen = JSON.stringify(list.blocks).match(/\\"list\\":\\"([^\\]+)\\"/)?.[1]
    expect(stolen).toMatch(/^\d+\..{40,}$/)
    for (const origin of [undefined, somebodysCard, { list: 'made up' }, { list: stolen ?? '' }]) {
      const content = { channel: 'C0OPEN', user: 'U0OWNER', text: 'Free cake', blocks: falseBlocks(command, origin) }
      const before = useCases.refusals.length
      await asThief(slack, 'chat.postEphemeral', content)
      await boss.click(await boss.waitForMessage('Free cake', 'C0OPEN'), 'I am coming')
      const isCard = origin !== undefined && 'card' in origin
      await untilHolds(() =>
        expect(useCases.refusals.slice(before)).toMatchObject([{ refusal: { code: 'foreign-message' } }]),
      )
      expect(isCard || useCases.calls.length).toBe(isCard || 0)
    }
    expect(boss.view()).toBeUndefined()
  })

  test('does nothing on the app’s Home tab', async () => {
    const { useCases, slack, boss } = await play()
    const [approve] = everyButton
    if (!approve) throw new Error('there is a button')
    const view = { type: 'home', blocks: falseBlocks(approve, somebodysCard) }
    await asThief(slack, 'views.publish', { user_id: 'U0OWNER', view })
    await boss.clickInHome('I am coming')
    await boss.waitForMessage(words)
    expect(useCases.calls).toEqual([])
  })

  test('does not work with the name of a real card either, because the card is another message', async () => {
    const presses: unknown[] = []
    const { slack, chat, boss } = await play({
      checkPress: async (press) => {
        presses.push(press)
        return accept(undefined)
      },
    })
    const kept = await chat.platform.post(directTo(owner), ownerCard)
    await boss.click(await boss.waitForMessage('Please decide'), 'Approve')
    await boss.waitForView('Approve this access?')
    await boss.closeView()
    const [approve] = everyButton
    if (!approve || !ownerCard.origin) throw new Error('there is a button')
    const blocks = falseBlocks(approve, ownerCard.origin)
    await asThief(slack, 'chat.postMessage', { channel: 'C0OPEN', text: 'Free cake', blocks })
    const fake = await boss.waitForMessage('Free cake', 'C0OPEN')
    await boss.click(fake, 'I am coming')
    await boss.waitForView('Approve this access?')
    const shared = { card: 'card-of-this-test', about: { request: 'q1' }, by: owner.id }
    expect(presses).toEqual([
      { ...shared, message: kept },
      { ...shared, message: { conversation: 'C0OPEN', message: fake.ts } },
    ])
  })
})

describe('a card that somebody edited with the bot token', () => {
  test.each([false, true])('opens a dialog that says what is really decided (Socket Mode: %s)', async (isSocket) => {
    const { useCases, slack, chat, boss } = await play({}, isSocket)
    const { conversation, message } = await chat.platform.post(channel, ownerCard)
    const [approve] = everyButton
    if (!approve || !ownerCard.origin) throw new Error('there is a button')
    const blocks = falseBlocks(approve, ownerCard.origin)
    await asThief(slack, 'chat.update', { channel: conversation, ts: message, text: 'Free cake', blocks })
    await boss.click(await boss.waitForMessage('Free cake', 'C0OPEN'), 'I am coming')
    const dialog = await boss.waitForView('Approve this access?')
    for (const truth of ['@Developer on call', 'read kv/apps/db', 'main-vault', '1 hour', '*failing* payments'])
      expect(dialog.text).toContain(truth)
    expect(dialog.text).not.toContain('cake')
    expect(useCases.calls).toEqual([])
  })
})

describe('the buttons of a list that only its reader sees', () => {
  test('ask before they do anything, and say in private what was done', async () => {
    const { useCases, dev } = await play()
    await dev.command('mine', { channel: 'C0OPEN' })
    const { asked } = await dev.press(await dev.waitForMessage('Your access', 'C0OPEN'), 'Give back now')
    expect(asked?.text).toContain('read kv/apps/db')
    const told = await dev.waitForMessage('The access is being ended now', 'C0OPEN')
    expect(told.ephemeralFor).toBe('U0DEV')
    expect(useCases.calls).toEqual([{ verb: 'revokeGrant', args: ['g1', developer.id, ''] }])
  })
})

test('a dialog that is sent twice makes one decision each time it counts, and closes both times', async () => {
  const { useCases, slack, chat, boss } = await play()
  await chat.platform.post(directTo(owner), ownerCard)
  await boss.press(await boss.waitForMessage('Please decide'), 'Approve')
  await untilHolds(() => expect(useCases.calls).toHaveLength(1))
  expect(await slack.replay()).toMatchObject({ ok: true, body: '' })
  expect(useCases.calls).toHaveLength(1)
})

test('a dialog that no version of today made says so instead of closing in silence', async () => {
  const { useCases, slack, chat, boss } = await play()
  await chat.platform.post(directTo(owner), ownerCard)
  await boss.click(await boss.waitForMessage('Please decide'), 'Approve')
  const view = await boss.waitForView('Approve this access?')
  const old = {
    type: 'modal',
    title: { type: 'plain_text', text: 'Old' },
    submit: { type: 'plain_text', text: 'Deny' },
  }
  const content = { ...old, private_metadata: '{"command":"{\\"form\\":\\"deny\\"}"}', blocks: view.blocks }
  await asThief(slack, 'views.update', { view_id: view.id, view: content })
  expect((await boss.submit()).closed).toBe(false)
  expect((await boss.waitForView('Not possible')).text).toContain('an older version of Latchkey')
  expect(useCases.calls).toEqual([])
})
