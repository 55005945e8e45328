import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { accept, type Refusal, refuse } from '../../src/domain/refusal.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import { untilHolds } from '../support/until-holds.ts'
import {
  developer,
  fakeUseCases,
  hour,
  otherVault,
  request,
  resources,
  type Stage,
  stage,
  vault,
} from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (overrides: Partial<UseCases> = {}) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases)
  return { useCases, slack: running.slack, dev: running.slack.person('U0DEV'), logs: running.logs }
}

describe('"/vault request"', () => {
  test('with words opens the form filled in, and sending it files the request', async () => {
    const { useCases, slack, dev } = await play()
    await dev.command('request kv/apps/db 1h because payments fail')
    const form = await dev.waitForView('Request access')
    expect(form.fields.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'What: kv/apps/db',
      'Permission: ',
      'How long: 1 hour',
      'Why: payments fail',
    ])
    expect(slack.calls('views.open')).toHaveLength(1)
    await dev.pick('Permission', 'read')
    expect((await dev.submit()).closed).toBe(true)
    expect(useCases.calls).toEqual([
      {
        verb: 'submitRequest',
        args: [
          {
            requester: developer.id,
            draft: 'draft-1',
            items: [{ resource: 'r1', permission: 'read' }],
            allOrNothing: false,
            others: 'leave-out',
            duration: hour,
            reason: 'payments fail',
          },
        ],
      },
    ])
  })

  test('understands a permission before the path', async () => {
    const { dev } = await play()
    await dev.command('request read kv/apps/db')
    const form = await dev.waitForView('Request access')
    expect(form.fields.map(({ value }) => value)).toEqual(['kv/apps/db', 'read', '30 minutes', ''])
  })

  test.each([
    ['nothing', 'Nothing can be asked for here yet'],
    ['looking', 'Latchkey is still looking through this vault'],
  ] as const)('says in place of an empty menu that there is %s, and what to do', async (offers, words) => {
    const { dev } = await play({ offering: async () => offers, searchResources: async () => accept([]) })
    await dev.command('request')
    const form = await dev.waitForView('Request access')
    expect([form.fields, form.text]).toEqual([[], expect.stringContaining(words)])
  })

  test('of several vaults, one of them empty, says so there and in its menu, and leaves the choice', async () => {
    const { dev } = await play({
      mayAskFor: () => [vault, otherVault],
      offering: async (integration) => (integration === vault.id ? 'nothing' : 'something'),
      searchResources: async () => accept([]),
    })
    await dev.command('request')
    expect((await dev.waitForView('Request access')).text).toContain('Nothing can be asked for here yet')
    const [entry, ...others] = await dev.typeahead('What', 'db')
    expect([entry?.text.text, others]).toEqual([expect.stringContaining('Nothing can be asked for here yet'), []])
    await dev.pick('Vault', 'other-vault')
    await untilHolds(() => expect(dev.view()?.text).not.toContain('Nothing can be asked for'))
  })

  test('says in the menu when somebody searches too often', async () => {
    const { useCases, dev } = await play()
    await dev.command('request')
    await dev.waitForView('Request access')
    useCases.searchResources = async () => refuse({ code: 'too-many-searches' })
    expect((await dev.typeahead('What', 'db')).map(({ text }) => text.text)).toEqual([
      'Too many searches in a minute. Wait a little, then type again.',
    ])
    expect(useCases.refusals).toMatchObject([{ refusal: { code: 'too-many-searches' } }])
  })

  test('with words that match several says so and leaves the choice', async () => {
    const { dev } = await play()
    await dev.command('request apps')
    const form = await dev.waitForView('Request access')
    expect(form.text).toContain('2 match apps: kv/apps/db, kv/apps/mail. Pick what you need below.')
    expect(form.fields[0]?.value).toBe('')
  })

  test('tells somebody who may ask for nothing whom to ask', async () => {
    const { useCases, dev } = await play({ mayAskFor: () => [] })
    await dev.command('request')
    const told = await dev.waitForMessage('You may not request anything here')
    expect(told.ephemeralFor).toBe('U0DEV')
    await untilHolds(() => expect(useCases.refusals).toHaveLength(1))
  })

  test('also opens from the shortcut', async () => {
    const { dev } = await play()
    await dev.shortcut('request_access')
    await dev.waitForView('Request access')
  })
})

describe('the form', () => {
  test('finds resources while one types, and keeps both ends of long paths', async () => {
    const { dev } = await play()
    await dev.command('request')
    await dev.waitForView('Request access')
    const texts = async (query: string) => (await dev.typeahead('What', query)).map(({ text }) => text.text)
    expect(await texts('apps')).toEqual(['kv/apps/db', 'kv/apps/mail'])
    const [long] = await texts('deep')
    expect(long).toMatch(/^kv\/very.*….*deep\/place$/)
    expect(long).toHaveLength(75)
    expect(await texts('nothing like it')).toEqual([])
  })

  test('names what cannot be granted only if nothing else matches, and then why', async () => {
    const { dev } = await play()
    await dev.command('request')
    await dev.waitForView('Request access')
    expect((await dev.typeahead('What', 'kv')).map(({ value }) => value)).not.toContain('r3')
    const [odd] = await dev.typeahead('What', 'odd')
    expect(odd?.description?.text).toContain('cannot be granted')
    await dev.pick('What', odd?.text.text ?? '', { query: 'odd' })
    await untilHolds(() => expect(dev.view()?.text).toContain('cannot be granted safely: its name has a character'))
  })

  test('asks for the permission once the resource is chosen, and again for another one', async () => {
    const { slack, dev } = await play()
    await dev.command('request')
    await dev.waitForView('Request access')
    await dev.fill('Why', 'payments fail')
    await dev.pick('What', 'kv/apps/db', { query: 'db' })
    await slack.until(() => dev.view()?.fields.some(({ label }) => label === 'Permission'))
    await dev.pick('Permission', 'read-write')
    await dev.pick('What', 'kv/apps/mail', { query: 'mail' })
    await slack.until(() => dev.view()?.fields.find(({ label }) => label === 'Permission')?.value === 'read')
    expect(dev.view()?.fields.find(({ label }) => label === 'Why')?.value).toBe('payments fail')
  })

  test('that was closed, or sent, while it was to change is no refusal', async () => {
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
    const { useCases, slack, dev } = await play({ caveats: async () => mayAnswer.then(() => []) })
    await dev.command('request')
    await dev.waitForView('Request access')
    await dev.pick('What', 'kv/apps/db', { query: 'db' })
    await dev.closeView()
    answer()
    await slack.until(() => slack.calls('views.update').length > 0)
    await running?.stop()
    running = undefined
    expect(useCases.refusals).toEqual([])
  })

  test('forgets the resource and offers other times when the vault changes', async () => {
    const { useCases, slack, dev } = await play({ mayAskFor: () => [vault, otherVault] })
    await dev.command('request kv/apps/db')
    await dev.waitForView('Request access')
    await dev.pick('Vault', 'other-vault')
    await slack.until(() =>
      dev
        .view()
        ?.fields.find(({ label }) => label === 'How long')
        ?.options.includes('15 minutes'),
    )
    expect(dev.view()?.fields.find(({ label }) => label === 'What')?.value).toBe('')
    await dev.pick('What', 'kv/other/thing', { query: 'thing' })
    await slack.until(() => dev.view()?.fields.some(({ label }) => label === 'Permission'))
    await dev.pick('Permission', 'read')
    await dev.fill('Why', 'payments fail')
    expect((await dev.submit()).closed).toBe(true)
    expect(useCases.calls[0]?.args[0]).toMatchObject({ items: [{ resource: 'r5', permission: 'read' }], duration: 900 })
  })

  test.each<[Refusal, string]>([
    [{ code: 'already-asked', state: 'pending', request: request.id, item: 'kv/apps/db' }, 'What'],
    [{ code: 'no-such-resource' }, 'What'],
    [{ code: 'nobody-to-decide' }, 'What'],
    [{ code: 'no-owner' }, 'What'],
    [{ code: 'not-a-requester', integration: 'main-vault' }, 'What'],
    [{ code: 'no-such-permission', permission: 'read' }, 'Permission'],
    [{ code: 'duration-not-offered', longest: seconds(60) }, 'How long'],
    [{ code: 'reason-too-short', atLeast: 5 }, 'Why'],
  ])('stays open with the sentence for %o beside "%s"', async (refusal, label) => {
    const { useCases, dev } = await play({ submitRequest: async () => refuse(refusal) })
    await dev.command('request read kv/apps/db because payments fail')
    await dev.waitForView('Request access')
    const answer = await dev.submit()
    expect(answer.closed).toBe(false)
    expect(Object.keys(answer.errors)).toEqual([label])
    await untilHolds(() => expect(useCases.refusals).toMatchObject([{ actor: { id: developer.id }, refusal }]))
  })

  test('asks for what is missing before anything is filed', async () => {
    const { useCases, dev } = await play()
    await dev.command('request because payments fail')
    await dev.waitForView('Request access')
    await dev.pick('What', 'kv/apps/db', { query: 'db' })
    await untilHolds(() => expect(dev.view()?.fields.some(({ label }) => label === 'Permission')).toBe(true))
    const answer = await dev.submit()
    // Slack's own client holds an incomplete form back.
    expect(answer).toMatchObject({ sent: false, closed: false })
    expect(useCases.calls).toEqual([])
  })

  test('sent twice carries the same draft, so that it is one request', async () => {
    const { useCases, slack, dev } = await play()
    await dev.command('request read kv/apps/db because payments fail')
    await dev.waitForView('Request access')
    await dev.submit()
    const [command] = slack.deliveries().filter(({ body }) => body.includes('view_submission'))
    expect(decodeURIComponent(command?.body ?? '')).toContain('draft-1')
    expect(useCases.calls).toHaveLength(1)
  })

  test('a bug is told with a reference that the log knows', async () => {
    const { logs, dev } = await play({
      submitRequest: async () => {
        throw new Error('the database is on fire')
      },
    })
    await dev.command('request read kv/apps/db because payments fail')
    await dev.waitForView('Request access')
    await dev.submit()
    const text = dev.view()?.text ?? ''
    const [, reference] = /Reference ([0-9A-F]{4})\./.exec(text) ?? []
    expect(text).not.toContain('fire')
    expect(logs).toContainEqual(expect.objectContaining({ reference, failure: expect.stringContaining('on fire') }))
  })
})

describe('lists', () => {
  test('"/vault mine" shows one’s own access with its buttons, and a button there answers', async () => {
    const { useCases, dev } = await play()
    await dev.command('mine')
    const list = await dev.waitForMessage('Your access')
    expect(list.ephemeralFor).toBe('U0DEV')
    expect(dev.textOf(list)).toContain('read kv/apps/db at main-vault')
    await dev.press(list, 'Give back now')
    await dev.waitForMessage('The access is being ended now')
    expect(useCases.calls).toEqual([{ verb: 'revokeGrant', args: ['g1', developer.id, ''] }])
  })

  test('"/vault status" says since when a vault is silent', async () => {
    const trouble = { since: timestamp(1_790_000_000_000), code: 'unreachable' }
    const { dev } = await play({ status: async () => [{ integration: vault, healthy: false, away: [], trouble }] })
    await dev.command('status')
    expect(dev.textOf(await dev.waitForMessage('Status'))).toContain('The vault does not answer, since ')
  })

  test('"/vault who" tells people who may request it whom to ask, and everybody else the same of every name', async () => {
    const [resource] = resources
    if (!resource) throw new Error('there are some')
    const known = { resource, owners: ['person:owner'] as const, isOwned: false }
    const { dev } = await play({ whoHas: async () => accept({ is: 'owners', known }) })
    await dev.command('who kv/apps/db')
    const told = dev.textOf(await dev.waitForMessage('is owned by'))
    expect(told).toContain('/vault request kv/apps/db')
    await running?.stop()
    const { useCases, dev: other } = await play()
    await other.command('who kv/apps/db')
    await other.waitForMessage('Nothing has that name here')
    await untilHolds(() => expect(useCases.refusals).toMatchObject([{ refusal: { code: 'no-such-resource' } }]))
  })

  test.each([
    ['reqest kv/apps/db 1h', '/vault request kv/apps/db 1h'],
    ['staus', '/vault status'],
    ['apps db', '/vault request apps db'],
  ])('"/vault %s" asks whether a command was meant', async (words, meant) => {
    const { dev } = await play()
    await dev.command(words)
    const told = dev.textOf(await dev.waitForMessage('is not a command of Latchkey'))
    expect(told).toContain(`Did you mean ${meant}?`)
    expect(told).not.toContain('because payments fail')
  })

  test.each(['', 'help', 'frobnicate kv', 'who'])('"/vault %s" explains what can be typed', async (words) => {
    const { dev } = await play()
    await dev.command(words)
    const help = dev.textOf(await dev.waitForMessage('What Latchkey understands'))
    expect(help).toContain('/vault request kv/apps/db 1h because payments fail')
    expect(help.includes('is not a command of Latchkey')).toBe(words.startsWith('frob'))
  })
})
