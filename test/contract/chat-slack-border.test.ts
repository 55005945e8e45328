import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import type { SlackSettings } from '../../src/chat/slack/settings.ts'
import { accept } from '../../src/domain/refusal.ts'
import { secret } from '../../src/domain/secret.ts'
import type { SimulatorOptions } from '../../src/simulator/slack/options.ts'
import { untilHolds } from '../support/until-holds.ts'
import {
  channel,
  directTo,
  fakeUseCases,
  owner,
  ownerCard,
  request,
  type Stage,
  simulatorOptions,
  stage,
} from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (
  overrides: Partial<UseCases> = {},
  options: Partial<SimulatorOptions> = {},
  settings: Partial<SlackSettings> = {},
) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases, options, settings)
  return { useCases, slack: running.slack, chat: running.chat, logs: running.logs }
}

const seconds = () => Math.floor(Date.now() / 1000)

describe('a delivery', () => {
  test('that comes twice runs once', async () => {
    const { useCases, slack, chat } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    const boss = slack.person('U0OWNER')
    await boss.press(await boss.waitForMessage('Please decide'), 'Approve')
    await untilHolds(() => expect(useCases.calls).toHaveLength(1))
    expect(await slack.replay()).toMatchObject({ ok: true, body: '' })
    await boss.command('status')
    await boss.waitForMessage('Status')
    expect(useCases.calls).toHaveLength(1)
  })

  test.each([
    ['an hour in the future', { shiftSeconds: 3600 }],
    ['just beyond five minutes in the future', { shiftSeconds: 310 }],
    ['just beyond five minutes in the past', { shiftSeconds: -310 }],
    ['signed with another secret', { signature: 'wrong' as const }],
    ['without a signature', { signature: 'missing' as const }],
    ['with two signatures in one', { headers: { 'x-slack-signature': 'v0=00=00' } }],
  ])('%s is refused', async (_, how) => {
    const { slack } = await play()
    expect(await slack.person('U0DEV').command('status', how)).toMatchObject({ ok: false, status: 401 })
    expect(slack.calls('views.open')).toEqual([])
  })

  test('a little early or late is taken', async () => {
    const { slack } = await play()
    expect(await slack.person('U0DEV').command('status', { shiftSeconds: 200 })).toMatchObject({ ok: true })
    expect(await slack.person('U0DEV').command('status', { shiftSeconds: -200 })).toMatchObject({ ok: true })
  })

  test('that is too large, or elsewhere, is not read', async () => {
    const { slack } = await play()
    await slack.person('U0DEV').command('status')
    const url = slack.deliveries()[0]?.url ?? ''
    const headers = { 'x-slack-signature': `v0=${'0'.repeat(64)}`, 'x-slack-request-timestamp': String(seconds()) }
    const tooLarge = fetch(url, { method: 'POST', headers, body: 'x'.repeat(2 * 1024 * 1024) })
    expect((await tooLarge.catch(() => ({ status: 413 }))).status).toBe(413)
    expect((await fetch(url.replace('/events', '/install'), { method: 'POST' })).status).toBe(404)
    expect((await fetch(url)).status).toBe(404)
    expect((await fetch(url, { method: 'POST', body: 'ssl_check=1&token=x' })).status).toBe(401)
  })
})

describe('somebody', () => {
  test('who is not in the people file gets lines that suffice, once, and can send them to the administrators', async () => {
    const { useCases, slack } = await play()
    const person = slack.person('U0NEW')
    await person.command('request kv/apps/db')
    const told = await person.waitForMessage('Latchkey does not know you yet')
    expect(told.ephemeralFor).toBe('U0NEW')
    for (const line of ['name: "New colleague"', 'slack: [T0TEAM/U0NEW]', 'developers: [new-colleague]'])
      expect(person.textOf(told)).toContain(line)
    await untilHolds(() =>
      expect(useCases.refusals).toMatchObject([
        { actor: { kind: 'stranger', platform: 'slack', tenant: 'T0TEAM', subject: 'U0NEW' } },
      ]),
    )
    await person.command('mine')
    const again = await person.waitForMessage('in an earlier message to you')
    expect(person.textOf(again)).not.toContain('slack:')

    await person.click(again, 'Ask the administrators')
    await person.waitForMessage('The lines went to')
    expect(useCases.calls).toMatchObject([
      {
        verb: 'askAdministrators',
        args: [
          {
            identity: { subject: 'U0NEW' },
            name: 'New colleague',
            command: "latchkey people add T0TEAM/U0NEW --group developers --name 'New colleague'",
          },
        ],
      },
    ])
  })

  test('who is a guest cannot ask the administrators', async () => {
    const { useCases, slack } = await play()
    const person = slack.person('U0NEW')
    await person.command('mine')
    const told = await person.waitForMessage('Latchkey does not know you yet')
    slack.setUser('U0NEW', { isRestricted: true })
    await person.click(told, 'Ask the administrators')
    await person.waitForMessage('Guests cannot use Latchkey')
    expect(useCases.calls).toEqual([])
  })

  test('who became a guest loses the form that opened, and cannot press anything', async () => {
    const { useCases, slack, chat } = await play()
    const person = slack.person('U0GUEST')
    await person.command('request kv/apps/db')
    await person.waitForView('Not possible')
    await person.waitForMessage('Guests cannot use Latchkey')
    await chat.platform.post(channel, ownerCard)
    await person.click(await person.waitForMessage('asks to', 'C0OPEN'), 'Approve')
    await person.waitForMessage('Guests cannot use Latchkey', 'C0OPEN')
    expect(useCases.calls).toEqual([])
  })

  test('who becomes a guest a moment later cannot decide, because decisions ask anew', async () => {
    const { useCases, slack, chat } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    const boss = slack.person('U0OWNER')
    await boss.command('status')
    const card = await boss.waitForMessage('Please decide')
    await boss.click(card, 'Approve')
    await boss.waitForView('Approve this access?')
    slack.setUser('U0OWNER', { isUltraRestricted: true })
    await boss.submit()
    await boss.waitForMessage('Guests cannot use Latchkey')
    expect(useCases.calls).toEqual([])
  })

  test.each([
    [{ deleted: true }, 'deactivated'],
    [{ isBot: true }, 'bot'],
    [{ isStranger: true }, 'external'],
    [{ teamId: 'T0ELSE' }, 'external'],
    [{ isRestricted: true }, 'guest'],
  ])('with the account %o is not admitted: %s', async (change, why) => {
    const { slack, chat } = await play()
    slack.setUser('U0OWNER', change)
    const identity = { platform: 'slack', tenant: 'T0TEAM', subject: 'U0OWNER' } as const
    expect(await chat.platform.admits(identity)).toEqual({ ok: false, refusal: { code: 'not-admitted', why } })
  })

  test('of another organisation is refused, whatever channel they share', async () => {
    const { useCases, slack, chat } = await play()
    await chat.platform.post(channel, ownerCard)
    const partner = slack.person('U0PARTNER')
    await partner.click(await partner.waitForMessage('asks to', 'C0OPEN'), 'Approve')
    await partner.waitForMessage('People of another organisation cannot use Latchkey', 'C0OPEN')
    expect(useCases.calls).toEqual([])
  })

  test('is known by the Grid organisation where there is one', async () => {
    const team = { ...simulatorOptions.team, enterpriseId: 'E0GRID' }
    const { useCases, slack } = await play({}, { team }, { tenants: ['E0GRID'] })
    await slack.person('U0DEV').command('mine')
    await untilHolds(() => expect(useCases.refusals).toMatchObject([{ actor: { tenant: 'E0GRID', subject: 'U0DEV' } }]))
  })
})

describe('the start', () => {
  const starting = (settings: Partial<SlackSettings>, options: Partial<SimulatorOptions> = {}) =>
    stage(fakeUseCases(), options, settings)

  test('names a token that Slack does not accept', async () => {
    await expect(starting({ botToken: secret('xoxb-wrong') })).rejects.toThrow(
      /does not accept the bot token \(invalid_auth\)/,
    )
  })

  test('names the workspace of a token that is not to be served', async () => {
    await expect(starting({ tenants: ['T0OTHER'] })).rejects.toThrow(
      /belongs to T0TEAM, which is not a configured workspace \(T0OTHER\)/,
    )
  })

  test('names the app-level token when no socket opens', async () => {
    const delivery = { kind: 'socket', appToken: secret('xapp-wrong') } as const
    await expect(starting({ delivery })).rejects.toThrow(/does not open a socket .*connections:write/)
  })

  test('names the scopes that are missing', async () => {
    await expect(starting({}, { scopes: ['commands', 'chat:write'] })).rejects.toThrow(/lacks im:write, users:read/)
  })
})

test('stopping waits for what is being worked on, and takes nothing more', async () => {
  let finish = () => {}
  const hold = new Promise<void>((resolve) => {
    finish = resolve
  })
  const { useCases, slack, chat } = await play({ decideRequest: async () => hold.then(() => accept({ request })) })
  await chat.platform.post(directTo(owner), ownerCard)
  const boss = slack.person('U0OWNER')
  await boss.press(await boss.waitForMessage('Please decide'), 'Approve')
  await untilHolds(() => expect(useCases.calls).toHaveLength(1))
  const order: string[] = []
  const stopped = chat.stop().then(() => order.push('stopped'))
  expect(await boss.command('status')).toMatchObject({ ok: false, status: 503 })
  order.push('released')
  finish()
  await stopped
  expect(order).toEqual(['released', 'stopped'])
})

test('no token and no signing secret is ever logged', async () => {
  const { slack, logs, chat } = await play()
  slack.faults.serverError('chat.postMessage', 3)
  await chat.platform.post(directTo(owner), ownerCard).catch(() => undefined)
  await slack.person('U0DEV').command('status', { signature: 'wrong' })
  expect(JSON.stringify(logs)).not.toMatch(/xoxb|xapp|signing secret of this test/)
})

describe('a recipient that Slack refuses for good', () => {
  const nobody = {
    to: 'person',
    person: owner.id,
    identity: { platform: 'slack', tenant: 'T0TEAM', subject: 'U0NOBODY' },
  } as const

  test.each([
    ['archived', { isArchived: true }, 'channel-archived'],
    ['left by the app', { hasApp: false }, 'channel-closed'],
  ])('is named by why, once for every code of Slack: a channel %s', async (_, change, code) => {
    const { slack, chat } = await play()
    const posted = await chat.platform.post(channel, ownerCard)
    slack.setChannel('C0OPEN', change)
    await expect(chat.platform.post(channel, ownerCard)).rejects.toMatchObject({ code, transient: false })
    await expect(chat.platform.update(posted, ownerCard)).rejects.toMatchObject({ code, transient: false })
  })

  test('is a person without an account, an app, or somebody who was deactivated', async () => {
    const { slack, chat } = await play()
    await expect(chat.platform.post(nobody, ownerCard)).rejects.toMatchObject({ code: 'account-unknown' })
    slack.setUser('U0GUEST', { isBot: true })
    const app = { ...nobody, identity: { ...nobody.identity, subject: 'U0GUEST' } }
    await expect(chat.platform.post(app, ownerCard)).rejects.toMatchObject({ code: 'account-closed' })
    await chat.platform.post(directTo(owner), ownerCard)
    slack.setUser('U0OWNER', { deleted: true })
    await expect(chat.platform.post(directTo(owner), ownerCard)).rejects.toMatchObject({ code: 'account-deactivated' })
  })

  test('costs one call for the many cards that fail together', async () => {
    const { slack, chat } = await play()
    slack.setUser('U0OWNER', { deleted: true })
    const failed = await Promise.allSettled(
      Array.from({ length: 30 }, () => chat.platform.post(directTo(owner), ownerCard)),
    )
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true)
    expect(slack.calls('conversations.open')).toHaveLength(1)
  })

  test('is found out within a minute also where Slack takes messages to deactivated accounts', async () => {
    let now = Date.now()
    const { slack, chat } = await play({}, { takesMailForDeactivated: true, now: () => now })
    await chat.platform.post(directTo(owner), ownerCard)
    slack.setUser('U0OWNER', { deleted: true })
    await chat.platform.post(directTo(owner), ownerCard)
    now += 60_000
    await expect(chat.platform.post(directTo(owner), ownerCard)).rejects.toMatchObject({ code: 'account-deactivated' })
  })

  test('is not what passes by itself', async () => {
    const { slack, chat } = await play()
    slack.faults.serverError('conversations.open', 9)
    await expect(chat.platform.post(directTo(owner), ownerCard)).rejects.toMatchObject({ transient: true })
    slack.faults.clear()
    await chat.platform.post(directTo(owner), ownerCard)
  })
})
