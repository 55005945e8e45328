import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import type { MessageRef, Recipient } from '../../src/domain/card.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { ChatPlatform } from '../../src/ports.ts'
import type { MessageView } from '../../src/views/view-model.ts'
import { eventually } from '../support/eventually.ts'
import { type Hands, pressAndConfirm, type SeenMessage, untilTold, untilView } from '../support/hands.ts'
import { untilHolds } from '../support/until-holds.ts'
import * as fake from './chat-fakes.ts'

/** A chat platform that is running, with everything that the contract does to it. */
export type ChatStage = {
  readonly platform: ChatPlatform
  readonly logs: readonly object[]
  /** The platform's id of a channel in which everybody is. */
  readonly channel: string
  hands(who: 'developer' | 'owner'): Hands
  /** Posts a message again, word for word, as whoever has stolen the bot's rights can. */
  copy(message: SeenMessage, conversation: string): unknown
  makeGuest(who: Hands): unknown
  /** The platform does not say any more who is an ordinary member. */
  fallSilent(): void
  /** What was heard about accounts is older than a minute then. */
  passMinute(): void
  stop(): Promise<unknown>
}
export type OpenStage = (useCases: UseCases) => Promise<ChatStage>

const guests = 'Guests cannot'
const fieldsOf = (hands: Hands) =>
  Object.fromEntries((hands.view()?.fields ?? []).map(({ label, value }) => [label, value]))

/** What every chat platform owes the people who use it, whatever it looks like there. */
export const chatPlatformContract = (name: string, open: OpenStage): void => {
  describe(`people who use Latchkey in ${name}`, () => {
    let running: ChatStage | undefined
    afterEach(async () => {
      await running?.stop()
      running = undefined
    })

    const play = async (overrides: Partial<UseCases> = {}) => {
      const kept: MessageRef[] = []
      const useCases = fake.fakeUseCases({
        checkPress: async ({ message }) => {
          const isKept = kept.some(
            (one) => one.conversation === message.conversation && one.message === message.message,
          )
          return isKept ? accept(undefined) : refuse({ code: 'foreign-message' })
        },
        ...overrides,
      })
      const stage = await open(useCases)
      running = stage
      const [dev, boss] = [stage.hands('developer'), stage.hands('owner')]
      const channel: Recipient = { to: 'channel', channel: { platform: stage.platform.name, id: stage.channel } }
      /** Posts a card, and returns it as the person sees it. */
      const card = async (to: Recipient, view: MessageView, hands: Hands): Promise<SeenMessage> => {
        const message = await stage.platform.post(to, view)
        kept.push(message)
        return eventually(() => hands.messages(message.conversation).find(({ id }) => id === message.message))
      }
      return { ...stage, useCases, dev, boss, inChannel: channel, card }
    }
    type Played = Awaited<ReturnType<typeof play>>

    const formFor = async (hands: Hands, words = 'request kv/apps/db 1h because payments fail') => {
      await hands.command(words)
      return untilView(hands, 'Request access')
    }

    /** The same, once the platform has said who asks, which it may do while the form stands open. */
    const settledForm = async (hands: Hands, words?: string) => {
      await formFor(hands, words)
      await hands.typeahead('What', 'mail')
    }

    describe('ask', () => {
      test('in a form that their words have filled in, and sending it files the request', async () => {
        const { useCases, dev } = await play()
        await formFor(dev)
        expect(fieldsOf(dev)).toEqual({
          What: 'kv/apps/db',
          Permission: '',
          'How long': '1 hour',
          Why: 'payments fail',
        })
        await dev.pick('Permission', 'read')
        expect((await dev.submit()).closed).toBe(true)
        const wish = {
          items: [{ resource: 'r1', permission: 'read' }],
          allOrNothing: false,
          others: 'leave-out',
          duration: fake.hour,
          reason: 'payments fail',
        }
        expect(useCases.calls).toEqual([
          { verb: 'submitRequest', args: [{ requester: fake.developer.id, draft: expect.any(String), ...wish }] },
        ])
      })

      test('about a folder, and are answered before the vault is asked; a late refusal keeps their words', async () => {
        const asking = Promise.withResolvers<Awaited<ReturnType<UseCases['submitRequest']>>>()
        const { useCases, dev } = await play({
          foldersToAsk: async () => accept(['kv/apps/']),
          submitRequest: () => asking.promise,
        })
        await settledForm(dev)
        await dev.pick('Permission', 'read')
        await dev.submit()
        const looking = await untilView(dev, 'Looking at the vault')
        expect(looking.text).toContain('what lies beneath kv/apps/')
        expect(looking.submit).toBe('Send again')
        await dev.closeView()
        asking.resolve(refuse({ code: 'too-much-beneath', most: 5000 }))
        const told = await untilTold(dev, 'Your request was not filed')
        expect(told.text).toContain('More than 5000 secrets')
        expect(useCases.refusals.map(({ refusal }) => refusal.code)).toEqual(['too-much-beneath'])
        await dev.press(told, 'Open the form again')
        await untilView(dev, 'Request access')
        expect(fieldsOf(dev)).toMatchObject({ What: 'kv/apps/db', Permission: 'read', Why: 'payments fail' })
      })

      test('about a folder again with the same words, when they heard nothing more', async () => {
        const asking = [
          Promise.withResolvers<Awaited<ReturnType<UseCases['submitRequest']>>>(),
          Promise.withResolvers<Awaited<ReturnType<UseCases['submitRequest']>>>(),
        ]
        const waiting = [...asking]
        const { useCases, dev } = await play({
          foldersToAsk: async () => accept(waiting.length > 0 ? ['kv/apps/'] : []),
          submitRequest: async () => (await waiting.shift()?.promise) ?? accept({ request: fake.request }),
        })
        await settledForm(dev)
        await dev.pick('Permission', 'read')
        await dev.submit()
        await untilView(dev, 'Looking at the vault')
        await dev.submit()
        const asked = () => useCases.calls.filter(({ verb }) => verb === 'submitRequest').map(({ args }) => args[0])
        const [first, second] = await eventually(() => asked().length === 2 && asked())
        expect(second).toEqual(first)
        for (const { resolve } of asking) resolve(accept({ request: fake.request }))
      })

      test.each([
        'read kv/apps/db kv/apps/mail 1h because payments fail',
        'read kv/apps/db and read kv/apps/mail for 1h for a look at both',
      ])('for several paths with their permissions, the length and the reason: %s', async (words) => {
        const { dev } = await play()
        await formFor(dev, `request ${words}`)
        expect(fieldsOf(dev)).toMatchObject({
          What: 'kv/apps/db, kv/apps/mail',
          'Permission on kv/apps/db': 'read',
          'Permission on kv/apps/mail': 'read',
          'How long': '1 hour',
          Why: words.includes('because') ? 'payments fail' : 'a look at both',
        })
      })

      test.each([
        ['db and mail 15m prod is down', { What: 'kv/apps/db, kv/apps/mail', Why: 'prod is down' }],
        ['access to apps db 1h because of the queue', { What: 'kv/apps/db', Why: 'because of the queue' }],
        ['apps db to look at mail', { What: 'kv/apps/db', Why: 'look at mail' }],
      ])('in a plain sentence: %s', async (words, filled) => {
        const { dev } = await play()
        await formFor(dev, `request ${words}`)
        expect(fieldsOf(dev)).toMatchObject(filled)
      })

      test('with words that name nothing, and read all of them again', async () => {
        const { dev } = await play()
        await formFor(dev, 'request ordrs and databse')
        expect(dev.view()?.text).toContain('Nothing that you may request is called ordrs and databse.')
      })

      test('with suggestions while they type', async () => {
        const { dev } = await play()
        await formFor(dev, 'request')
        expect(await dev.typeahead('What', 'apps')).toEqual(['kv/apps/db', 'kv/apps/mail'])
        expect(await dev.typeahead('What', 'nothing like it')).toEqual([])
      })

      test('with a typing mistake, and find what they meant, in the field and by their words', async () => {
        const { dev } = await play({
          similarResources: async () => fake.resources.slice(0, 1),
        })
        await formFor(dev, 'request datbase')
        expect(dev.view()?.text).toContain('Nothing is called datbase, so the closest name is chosen below.')
        expect(fieldsOf(dev).What).toBe('kv/apps/db')
        expect(await dev.typeahead('What', 'datbase')).toEqual(['kv/apps/db'])
      })

      test('from a list that begins with what they asked for before', async () => {
        const [first, second] = fake.resources
        const { dev } = await play({
          usualResources: async () => (second ? [{ resource: second, times: 3 }] : []),
        })
        await formFor(dev, 'request')
        expect((await dev.typeahead('What', '')).slice(0, 2)).toEqual([second?.path, first?.path])
      })

      test('for another resource, and the fields follow while the rest stays', async () => {
        const { dev } = await play()
        await formFor(dev)
        await dev.pick('Permission', 'read-write')
        await dev.pick('What', 'kv/apps/mail', 'mail')
        await eventually(() => fieldsOf(dev).Permission === 'read')
        expect(fieldsOf(dev)).toMatchObject({ What: 'kv/apps/mail', 'How long': '1 hour', Why: 'payments fail' })
      })

      test('for a service account: the form asks for it exactly, keeps it beside a mistake, and sends it', async () => {
        const kubernetes = [
          { mount: 'kubernetes', audience: 'vault', namespaces: ['shop', 'billing'], label: 'production' },
        ]
        const sentWishes: unknown[] = []
        const { useCases, dev } = await play({
          workloads: () => ({ approle: true, kubernetes, jwt: [] }),
          submitRequest: async (wish) => {
            sentWishes.push(wish)
            return refuse({ code: 'workload-refused', fault: { why: 'account-not-exact' } })
          },
        })
        await formFor(dev, 'request read kv/apps/db because payments fail')
        expect(fieldsOf(dev)).toMatchObject({ 'Who uses it': 'Me' })
        await dev.pick('Who uses it', 'A service account in production')
        await eventually(() => fieldsOf(dev).Namespace === '')
        await dev.pick('Namespace', 'billing')
        await dev.fill('Service account', 'pay*')
        const sent = await dev.submit()
        expect(sent).toMatchObject({
          closed: false,
          errors: { 'Service account': expect.stringMatching(/exact name/) },
        })
        expect(fieldsOf(dev)).toMatchObject({
          ...{ 'Who uses it': 'A service account in production', Namespace: 'billing' },
          ...{ 'Service account': 'pay*', Why: 'payments fail' },
        })
        const workload = { kind: 'kubernetes', mount: 'kubernetes', namespace: 'billing', serviceAccount: 'pay*' }
        expect(useCases.refusals).toMatchObject([{ refusal: { code: 'workload-refused' } }])
        expect(sentWishes).toMatchObject([{ workload }])
      })

      test('at another vault, and what was chosen at the first one is forgotten', async () => {
        const { dev } = await play({ mayAskFor: () => [fake.vault, fake.otherVault] })
        await formFor(dev)
        await dev.pick('Vault', 'other-vault')
        await eventually(() => fieldsOf(dev).What === '')
        expect(fieldsOf(dev)).toEqual({
          Vault: 'other-vault',
          What: '',
          'How long': '15 minutes',
          Why: 'payments fail',
        })
      })

      test('and read a mistake beside its field, with nothing lost', async () => {
        const { useCases, dev } = await play({
          submitRequest: async () => refuse({ code: 'reason-too-short', atLeast: 20 }),
        })
        await formFor(dev, 'request read kv/apps/db because payments fail')
        const before = fieldsOf(dev)
        const sent = await dev.submit()
        expect(sent).toMatchObject({
          closed: false,
          errors: { Why: 'Say why in at least 20 characters: the owners decide by it.' },
        })
        expect(Object.keys(sent.errors)).toEqual(['Why'])
        expect(fieldsOf(dev)).toEqual(before)
        expect(useCases.refusals).toMatchObject([
          { actor: { id: fake.developer.id }, refusal: { code: 'reason-too-short' } },
        ])
      })

      test('and read beside the resource what is wrong with a field that is not shown', async () => {
        const { dev } = await play({
          submitRequest: async () => refuse({ code: 'not-a-requester', integration: 'main-vault' }),
        })
        await formFor(dev, 'request read kv/apps/db because payments fail')
        expect(Object.keys((await dev.submit()).errors)).toEqual(['What'])
      })

      test('where they may ask for nothing, and are told whom to ask', async () => {
        const { useCases, dev } = await play({ mayAskFor: () => [] })
        await dev.command('request')
        expect((await untilTold(dev, 'You may not request anything here')).isPrivate).toBe(true)
        expect(useCases.refusals).toMatchObject([{ refusal: { code: 'not-a-requester' } }])
      })
    })

    describe('decide', () => {
      test('in a dialog that says what is decided, with a note; the press alone does nothing', async () => {
        const { useCases, card, inChannel, boss } = await play()
        await boss.press(await card(inChannel, fake.ownerCard, boss), 'Approve')
        const { text } = await untilView(boss, 'Approve this access?')
        for (const words of ['Developer on call', 'read kv/apps/db', '1 hour', 'debug <!channel> & *failing*'])
          expect(text).toContain(words)
        expect(useCases.calls).toEqual([])
        await boss.fill('Note', ' only today ')
        expect((await boss.submit()).closed).toBe(true)
        const decision = { by: fake.owner.id, verdict: 'approve', seen: fake.seen, note: 'only today' }
        await untilHolds(() => expect(useCases.calls).toEqual([{ verb: 'decideRequest', args: ['q1', decision] }]))
      })

      test('against it, and say why', async () => {
        const { useCases, card, inChannel, boss } = await play()
        await boss.press(await card(inChannel, fake.ownerCard, boss), 'Deny')
        await untilView(boss, 'Deny this request')
        await boss.fill('Reason', '     x     ')
        const short = await boss.submit()
        expect([short.closed, short.errors.Reason]).toEqual([false, expect.stringContaining('at least 5 characters')])
        expect(fieldsOf(boss).Reason?.trim()).toBe('x')
        await boss.fill('Reason', 'use the replica')
        expect((await boss.submit()).closed).toBe(true)
        const decision = { by: fake.owner.id, verdict: 'deny', seen: fake.seen, note: 'use the replica' }
        await untilHolds(() => expect(useCases.calls).toEqual([{ verb: 'decideRequest', args: ['q1', decision] }]))
      })

      test('two at once: each has a dialog of their own, and who comes second is told in private', async () => {
        let decided = 0
        const { useCases, card, inChannel, dev, boss, channel } = await play({
          decideRequest: async () =>
            ++decided === 1 ? accept({ request: fake.request }) : refuse({ code: 'not-pending', state: 'approved' }),
        })
        const shown = await card(inChannel, fake.ownerCard, boss)
        const sent = await Promise.all([boss, dev].map((hands) => pressAndConfirm(hands, shown, 'Approve')))
        expect(sent.map(({ closed }) => closed)).toEqual([true, true])
        const words = 'has already been approved'
        const told = () =>
          [boss, dev].map((hands) => hands.messages(channel).filter(({ text }) => text.includes(words)))
        const [one] = await eventually(() => told().flat().length > 0 && told().flat())
        expect([one?.isPrivate, told().flat().length]).toEqual([true, 1])
        expect(useCases.calls.map(({ args }) => (args[1] as { by: string }).by).sort()).toEqual(['developer', 'owner'])
      })

      test('what cannot be decided any more: they are told at the press, without a dialog', async () => {
        const { card, inChannel, boss, channel } = await play({
          mayDecide: async () => refuse({ code: 'not-pending', state: 'approved' }),
        })
        await boss.press(await card(inChannel, fake.ownerCard, boss), 'Approve')
        await untilTold(boss, 'has already been approved', channel)
        expect(boss.view()).toBeUndefined()
      })
    })

    describe('press', () => {
      test('a button in a message that somebody copied, and it does nothing but say so', async () => {
        const { useCases, card, copy, inChannel, boss, channel } = await play()
        const original = await card(inChannel, fake.ownerCard, boss)
        await copy(original, channel)
        const copied = await eventually(() => boss.messages(channel).find(({ id }) => id !== original.id))
        for (const button of ['Approve', 'Deny', 'Show the policy']) {
          const before = boss.messages(channel).length
          await boss.press(copied, button)
          const told = await eventually(() => boss.messages(channel)[before])
          expect(told.text).toContain('Latchkey does not update this message for you')
        }
        expect(boss.view()).toBeUndefined()
        expect(useCases.calls).toEqual([])
        const refused = { actor: { kind: 'person', id: fake.owner.id }, refusal: { code: 'foreign-message' } }
        expect(useCases.refusals).toEqual([refused, refused, refused])
      })

      test('a button that no version of today knows, and read that it is old', async () => {
        const { useCases, card, inChannel, dev, channel } = await play()
        const old = { label: 'Prolong', command: { do: 'prolong', grant: 'g1' } } as never
        await dev.press(await card(inChannel, { ...fake.accessCard, actions: [old] }, dev), 'Prolong')
        await untilTold(dev, 'This button is from an older version of Latchkey', channel)
        expect(useCases.calls).toEqual([])
      })

      test('to request again, in a form that the earlier request has filled in; the press alone files nothing', async () => {
        const { useCases, card, inChannel, dev } = await play()
        await dev.press(await card(inChannel, fake.cancelledCard, dev), 'Request again')
        const form = await untilView(dev, 'Request access')
        expect(form.text).toContain('Left out, because it is not offered now: kv/apps/gone.')
        const filled = { What: 'kv/apps/db', Permission: 'read', 'How long': '1 hour', Why: fake.request.reason }
        expect([fieldsOf(dev), useCases.calls]).toEqual([filled, []])
        expect((await dev.submit()).closed).toBe(true)
        expect(useCases.calls.map(({ verb }) => verb)).toEqual(['submitRequest'])
      })

      test('to request again, and are refused, because somebody else made the request', async () => {
        const { card, inChannel, boss, channel } = await play()
        await boss.press(await card(inChannel, fake.cancelledCard, boss), 'Request again')
        await untilTold(boss, 'Only the person who asked can do that', channel)
        expect(boss.view()).toBeUndefined()
      })

      test('for their one-time link, which stands in a dialog and in no message', async () => {
        const { card, inChannel, dev, channel } = await play()
        await dev.press(await card(inChannel, fake.accessCard, dev), 'Get my one-time link')
        const link = 'https://latchkey.test/fetch/nonce-of-this-test'
        expect((await untilView(dev, 'Your one-time link')).text).toContain(link)
        await dev.closeView()
        const messages = [...dev.messages(channel), ...dev.inbox()]
        expect(messages.filter(({ text }) => text.includes('/fetch/'))).toEqual([])
      })

      test('in the list that only they see: it asks, and says in private what was done', async () => {
        const { useCases, copy, dev, channel } = await play()
        await dev.command('mine', channel)
        const list = await untilTold(dev, 'Your access', channel)
        expect(list.isPrivate).toBe(true)
        await pressAndConfirm(dev, list, 'Give back now')
        const told = await untilTold(dev, 'The access is being ended now', channel)
        expect([told.isPrivate, useCases.calls]).toEqual([
          true,
          [{ verb: 'revokeGrant', args: ['g1', fake.developer.id, ''] }],
        ])
        await copy(list, channel)
        const copied = await eventually(() => dev.messages(channel).findLast(({ text }) => text.includes('[Give back')))
        expect(copied.isPrivate).toBe(false)
        await dev.press(copied, 'Give back now')
        await untilTold(dev, 'does not update this message', channel)
        expect(useCases.refusals).toMatchObject([{ refusal: { code: 'foreign-message' } }])
      })
    })

    describe('sign a terminal in', () => {
      test('after a question that names the machine, and hear in private that it is in', async () => {
        const { useCases, dev } = await play()
        await dev.command('terminal BCDF-GHJK')
        const { text } = await untilView(dev, 'Sign this terminal in?')
        for (const words of ['ada-laptop', '192.0.2.7', 'fetch and end your own access', '12 hours at most'])
          expect(text).toContain(words)
        expect(useCases.calls).toEqual([])
        expect((await dev.submit()).closed).toBe(true)
        const args = ['BCDF-GHJK', fake.developer.id, { by: 'chat' }]
        await untilHolds(() => expect(useCases.calls).toEqual([{ verb: 'permitTerminal', args }]))
        expect((await untilTold(dev, 'The terminal is signed in')).isPrivate).toBe(true)
      })
    })

    describe('wait', () => {
      test('and remind the owners, in a dialog that asks first', async () => {
        const { useCases, dev, channel } = await play({ accessOf: async () => [{ request: fake.request }] })
        await dev.command('mine', channel)
        const list = await untilTold(dev, 'Your access', channel)
        await dev.press(list, 'Remind them')
        expect((await untilView(dev, 'Remind the owners?')).text).toContain('once in 15 minutes')
        expect(useCases.calls).toEqual([])
        await dev.submit()
        await untilTold(dev, 'They get a reminder now', channel)
        expect(useCases.calls).toEqual([{ verb: 'remindOwners', args: ['q1', fake.developer.id] }])
      })

      test('and are told when they can remind again, without a dialog', async () => {
        const { useCases, dev, channel } = await play({
          accessOf: async () => [{ request: fake.request }],
          mayRemind: async () => refuse({ code: 'reminded-lately', again: timestamp(0) }),
        })
        await dev.command('mine', channel)
        await dev.press(await untilTold(dev, 'Your access', channel), 'Remind them')
        await untilTold(dev, 'You can remind them again', channel)
        expect(dev.view()).toBeUndefined()
        expect(useCases.refusals).toMatchObject([{ refusal: { code: 'reminded-lately' } }])
      })

      test('and who ask for the same again get the buttons of what they have, in place of the form', async () => {
        const { dev } = await play({
          submitRequest: async () => refuse({ code: 'already-asked', state: 'live', request: fake.request.id }),
        })
        await formFor(dev, 'request read kv/apps/db because payments fail')
        expect((await dev.submit()).closed).toBe(true)
        const told = await untilTold(dev, 'You already have exactly this access')
        expect(told.text).toContain('[Give back now]')
        await dev.press(told, 'Get my one-time link')
        await untilView(dev, 'Your one-time link')
      })
    })

    describe('decide from their own list', () => {
      const waiting = { shown: [{ request: fake.request, part: fake.seen }], hasMore: false }

      test('what waits for them comes first, and is decided in the same dialogs', async () => {
        const { useCases, boss, channel } = await play({ decisionsFor: async () => waiting })
        await boss.command('mine', channel)
        const list = await untilTold(boss, 'Waits for you', channel)
        expect(list.isPrivate).toBe(true)
        await pressAndConfirm(boss, list, 'Approve')
        await untilTold(boss, 'You approved it', channel)
        const decision = { by: fake.owner.id, verdict: 'approve', seen: fake.seen }
        expect(useCases.calls).toEqual([{ verb: 'decideRequest', args: ['q1', decision] }])
        await boss.press(list, 'Deny')
        await untilView(boss, 'Deny this request')
        await boss.fill('Reason', 'use the replica')
        await boss.submit()
        await untilTold(boss, 'You denied it', channel)
      })
    })

    describe('who are no ordinary members any more', () => {
      const turns: readonly [string, (played: Played) => Promise<() => Promise<unknown>>][] = [
        [
          'a command',
          async ({ boss }) =>
            () =>
              boss.command('mine'),
        ],
        [
          'a request',
          async ({ boss }) =>
            () =>
              boss.command('request kv/apps/db'),
        ],
        [
          'a menu',
          async ({ boss }) => {
            await settledForm(boss)
            return async () => expect((await boss.typeahead('What', 'mail')).join()).toContain(guests)
          },
        ],
        [
          'a choice in a form',
          async ({ boss }) => {
            await settledForm(boss)
            return () => boss.pick('Vault', 'other-vault')
          },
        ],
        [
          'a form that they send',
          async ({ boss }) => {
            await settledForm(boss, 'request read kv/apps/db because payments fail')
            return () => boss.submit()
          },
        ],
        [
          'a press',
          async ({ boss, card, inChannel }) => {
            const shown = await card(inChannel, fake.ownerCard, boss)
            return () => boss.press(shown, 'Approve')
          },
        ],
        [
          'a dialog that they confirm',
          async ({ boss, card, inChannel }) => {
            await boss.press(await card(inChannel, fake.ownerCard, boss), 'Approve')
            await untilView(boss, 'Approve this access?')
            return () => boss.submit()
          },
        ],
      ]

      test.each(turns)('are refused at %s, and that is audited', async (turn, prepare) => {
        const played = await play({ mayAskFor: () => [fake.vault, fake.otherVault] })
        const { useCases, boss, channel, makeGuest, passMinute } = played
        const act = await prepare(played)
        makeGuest(boss)
        passMinute()
        await act()
        await untilHolds(() => {
          const refusal = { code: 'not-admitted', why: 'guest' }
          expect(useCases.refusals).toEqual([{ actor: { kind: 'person', id: fake.owner.id }, refusal }])
        })
        if (turn !== 'a menu') {
          await eventually(() => boss.view()?.submit === undefined, { about: () => 'no form is left to be sent' })
          const seen = () => [
            boss.view()?.text ?? '',
            ...[...boss.inbox(), ...boss.messages(channel)].map(({ text }) => text),
          ]
          await eventually(() => seen().some((text) => text.includes(guests)), { about: () => seen().join(' / ') })
        }
        expect(useCases.calls).toEqual([])
      })

      test('can give back what they hold all the same', async () => {
        const { useCases, card, inChannel, dev, makeGuest, passMinute } = await play()
        const shown = await card(inChannel, fake.accessCard, dev)
        makeGuest(dev)
        passMinute()
        await pressAndConfirm(dev, shown, 'Give back now')
        await untilHolds(() =>
          expect(useCases.calls).toEqual([{ verb: 'revokeGrant', args: ['g1', fake.developer.id, ''] }]),
        )
      })
    })

    describe('when something fails', () => {
      test('decide nothing while the platform does not say who they are', async () => {
        const { useCases, card, inChannel, boss, channel, fallSilent } = await play()
        const shown = await card(inChannel, fake.ownerCard, boss)
        fallSilent()
        await boss.press(shown, 'Approve')
        await untilTold(boss, 'Please try again', channel)
        expect([useCases.calls, boss.view()]).toEqual([[], undefined])
      })

      test('have the form all the same, as sending it asks again', async () => {
        const { useCases, dev, fallSilent } = await play()
        fallSilent()
        await formFor(dev, 'request read kv/apps/db because payments fail')
        const sent = await dev.submit()
        expect([sent.closed, useCases.calls]).toEqual([false, []])
        expect(sent.errors.What).toContain('Please try again')
      })

      test('read a reference that the log knows, and nothing of the inside', async () => {
        const { logs, card, inChannel, dev, channel } = await play({
          cancelRequest: () => Promise.reject(new Error('on fire')),
        })
        await pressAndConfirm(dev, await card(inChannel, fake.requesterCard, dev), 'Cancel request')
        const { text } = await untilTold(dev, 'Something went wrong', channel)
        expect(text).not.toContain('fire')
        const reference = /Reference ([0-9A-F]{4})/.exec(text)?.[1]
        expect(logs).toContainEqual(expect.objectContaining({ reference, failure: expect.stringContaining('on fire') }))
      })
    })

    test('see a card change in place', async () => {
      const { platform, card, inChannel, boss, channel } = await play()
      const shown = await card(inChannel, fake.ownerCard, boss)
      const ref = { conversation: shown.conversation, message: shown.id }
      await platform.update(ref, { ...fake.ownerCard, title: 'Request denied', actions: [] })
      await untilTold(boss, 'Request denied', channel)
      expect(boss.messages(channel)).toHaveLength(1)
    })

    test('hear nothing of what is said to another in private', async () => {
      const { dev, boss, channel } = await play()
      await dev.command('mine', channel)
      await untilTold(dev, 'Your access', channel)
      expect(boss.messages(channel)).toEqual([])
    })
  })
}
