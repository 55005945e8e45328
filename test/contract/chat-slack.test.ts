import { afterEach, expect, test, vi } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { refuse } from '../../src/domain/refusal.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { SimulatorOptions } from '../../src/simulator/options.ts'
import { requestCard } from '../../src/views/cards.ts'
import { active, developer, fakeUseCases, hour, owner, request, type Stage, stage, vault } from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (overrides: Partial<UseCases> = {}, options: Partial<SimulatorOptions> = {}) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases, options)
  return { useCases, slack: running.slack, chat: running.chat, logs: running.logs }
}

const nameOf = (id: string) => {
  const person = [developer, owner].find((each) => each.id === id)
  return { person: person?.name ?? id, identities: person?.identities ?? [] }
}
const ownerCard = requestCard(
  { request },
  { audience: 'owner', now: timestamp(Date.now()), nameOf, integration: vault },
)
const accessCard = requestCard(active, { audience: 'access', now: timestamp(Date.now()), nameOf, integration: vault })
const toOwner = {
  to: 'person',
  person: owner.id,
  identity: { platform: 'slack', tenant: 'T0TEAM', subject: 'U0OWNER' },
} as const
const toDeveloper = {
  to: 'person',
  person: developer.id,
  identity: { platform: 'slack', tenant: 'T0TEAM', subject: 'U0DEV' },
} as const

test('"/vault request" with words opens the form filled in, and sending it files the request', async () => {
  const { useCases, slack } = await play()
  const dev = slack.person('U0DEV')
  await dev.command('request kv/apps/db 1h because payments fail')
  const form = await dev.waitForView('Request access')
  expect(form.fields.map(({ label, value }) => [label, value])).toMatchInlineSnapshot(`
    [
      [
        "What",
        "kv/apps/db",
      ],
      [
        "Permission",
        "",
      ],
      [
        "How long",
        "1 hour",
      ],
      [
        "Why",
        "payments fail",
      ],
    ]
  `)
  await dev.pick('Permission', 'read')
  const answer = await dev.submit()
  expect(answer.closed).toBe(true)
  expect(useCases.calls).toEqual([
    {
      verb: 'submitRequest',
      args: [
        {
          requester: developer.id,
          draft: 'draft-1',
          resource: 'r1',
          permission: 'read',
          duration: hour,
          reason: 'payments fail',
        },
      ],
    },
  ])
})

test('approving asks first, repeats who, what and how long, and decides once', async () => {
  const { useCases, slack, chat } = await play()
  await chat.platform.post(toOwner, ownerCard)
  const person = slack.person('U0OWNER')
  const card = await person.waitForMessage('please decide')
  const click = await person.click(card, 'Approve')
  expect(click.confirm?.text).toBe('Developer on call: read on kv/apps/db, for 1 hour. Access starts at once.')
  await vi.waitFor(() => expect(useCases.calls).toHaveLength(1))
  expect(useCases.calls[0]).toEqual({ verb: 'decideRequest', args: ['q1', { by: owner.id, verdict: 'approve' }] })
})

test('the link opens in a dialog and is never posted', async () => {
  const { slack, chat } = await play()
  await chat.platform.post(toDeveloper, accessCard)
  const dev = slack.person('U0DEV')
  await dev.click(await dev.waitForMessage('Your access is ready'), 'Get my one-time link')
  const dialog = await dev.waitForView('Your one-time link')
  expect(dialog.text).toContain('https://latchkey.test/fetch/nonce-of-this-test')
  expect(dev.inbox().map(dev.textOf).join('\n')).not.toContain('nonce-of-this-test')
})

test('a refusal is told to the actor alone and goes to the audit', async () => {
  const { useCases, slack, chat } = await play({ decideRequest: async () => refuse({ code: 'own-request' }) })
  await chat.platform.post({ to: 'channel', platform: 'slack', channel: 'C0OPEN' }, ownerCard)
  const dev = slack.person('U0DEV')
  await dev.click(await dev.waitForMessage('please decide', 'C0OPEN'), 'Approve')
  const told = await dev.waitForMessage('You cannot decide on your own request', 'C0OPEN')
  expect(told.ephemeralFor).toBe('U0DEV')
  expect(slack.person('U0OWNER').messages('C0OPEN')).toHaveLength(1)
  await vi.waitFor(() => expect(useCases.refusals).toHaveLength(1))
})
