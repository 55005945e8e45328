import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileCards } from '../../src/app/reconcile-cards.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import { tellEndings } from '../../src/app/tell-endings.ts'
import type { GrantEvent } from '../../src/domain/grant.ts'
import { seconds } from '../../src/domain/time.ts'
import { type ChatPlatform, ExternalError, type Loaded, type Store } from '../../src/ports.ts'
import { type Company, discovered, latchkeyOf, newCompany } from '../support/company.ts'
import { wordsOf } from '../unit/views/subjects.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { ada, at, grantOf, vault } = sample
const { store: open } = useFolder()

let company: Company
let now = at(0)
beforeEach(() => {
  company = newCompany()
  now = at(0)
})

type Sent = { readonly to: string; text: string }

/** A chat that keeps what it was told to show, unless it is away. */
const chatOf = () => {
  const sent: Sent[] = []
  const chat = { sent, isAway: false, posted: (): readonly string[] => sent.map(({ to, text }) => `${to}: ${text}`) }
  const check = () => {
    if (chat.isAway) throw new ExternalError('chat-unreachable', 'away', { transient: true })
  }
  const platform: ChatPlatform = {
    name: 'slack',
    post: async (to, view) => {
      check()
      const number = sent.push({ to: to.to === 'person' ? to.person : to.channel.id, text: wordsOf(view) })
      return { conversation: 'D1', message: String(number - 1) }
    },
    update: async ({ message }, view) => {
      check()
      const each = sent[Number(message)]
      if (each) each.text = wordsOf(view)
    },
    admits: async () => ({ ok: true, value: undefined }),
  }
  return { ...chat, chat, platform }
}
type World = Deps & { chat: ReturnType<typeof chatOf>['chat'] }

const world = (store: Store, { chat, platform } = chatOf()): World => ({
  ...latchkeyOf({ store, company, now: () => now, integrations: [vault] }),
  platforms: new Map([['slack', platform]]),
  chat,
})
/** One look at what is due, and at the messages that are not shown yet. */
const turn = async (deps: World) => {
  await tellEndings(deps)()
  await show(deps)
}
const show = async (deps: World) => {
  const [platform] = deps.platforms.values()
  if (!platform) return
  const pool = newPool(8, deps.log)
  await reconcileCards(deps, platform, pool)(() => {})
  await pool.settled()
}
const happened = (deps: World, loaded: Loaded, ...events: GrantEvent[]): Promise<void> =>
  events.reduce((before, took) => before.then(() => recordStep(deps, grantOf(loaded).id, { took })), Promise.resolve())
const proof = { means: 'readback', at: at(920), latency: 3 } as const

/** Ada's access from 20 to 920 seconds, of which she is told 90 seconds before its end. */
const access = async (deps: World) => sample.activated(deps.store, { items: [sample.item('apps/db')] })
const soon = `ada: ⏳ Access to kv/apps/db ends 2023-11-14 22:28 UTC. You have not fetched it yet.\n[Get my one-time link] [Ask for more] [Give back now]`

describe('the holder of an access', () => {
  test('is told once before its end, and once at its end; nobody else is', async () => {
    const deps = world(await open())
    const loaded = await access(deps)
    now = at(829)
    await turn(deps)
    expect([deps.chat.posted(), await deps.store.nextToTell()]).toEqual([[], at(830)])
    for (const moment of [830, 831, 919]) {
      now = at(moment)
      await turn(deps)
      expect(deps.chat.posted()).toEqual([soon])
    }
    expect(await deps.store.nextToTell()).toBeUndefined()
    now = at(920)
    await happened(deps, loaded, { kind: 'came-due' }, { kind: 'revoked', proof })
    await turn(deps)
    expect(deps.chat.posted()).toEqual([
      'ada: ℹ️ This told you that the end was near. It has come: see below.',
      expect.stringMatching(/^ada: ℹ️ Access to kv\/apps\/db ended 2023-11-14 22:28 UTC\. .*\n\[Request again\]$/),
    ])
  })

  test('is told once, though the program is killed between the row and the message', async () => {
    const chat = chatOf()
    const first = await open()
    await access(world(first, chat))
    now = at(830)
    await tellEndings(world(first, chat))()
    await first.close()
    const deps = world(await open(), chat)
    for (const moment of [831, 840]) {
      now = at(moment)
      await turn(deps)
    }
    expect(deps.chat.posted()).toEqual([soon])
  })

  test('is told late rather than never, when the program did not run at that moment', async () => {
    const first = await open()
    await access(world(first))
    await first.close()
    const deps = world(await open())
    now = at(900)
    await turn(deps)
    expect(deps.chat.posted()).toEqual([soon])
  })

  test('reads nothing of a near end after that end', async () => {
    const deps = world(await open())
    await access(deps)
    deps.chat.isAway = true
    now = at(830)
    await turn(deps)
    deps.chat.isAway = false
    now = at(920)
    await turn(deps)
    expect(deps.chat.posted()).toEqual([])
    const other = world(await open(undefined, 'other.db'))
    await access(other)
    await turn(other)
    expect([other.chat.posted(), await other.store.nextToTell()]).toEqual([[], undefined])
  })

  test('is not told of an end that came before: the message about a near end would be wrong', async () => {
    const deps = world(await open())
    const loaded = await access(deps)
    now = at(100)
    await happened(deps, loaded, { kind: 'revoke-asked', because: 'given-back', by: ada })
    now = at(830)
    await turn(deps)
    expect(deps.chat.posted()).toEqual([])
  })

  test('is not told while they may not have it, and is once they may again', async () => {
    const deps = world(await open())
    const loaded = await access(deps)
    await happened(deps, loaded, { kind: 'lapsed', why: 'requester-removed' })
    now = at(840)
    await turn(deps)
    expect(deps.chat.posted().filter((text) => text.startsWith('ada'))).toEqual([])
    expect(await deps.store.nextToTell()).toBeUndefined()
    await happened(deps, loaded, { kind: 'restored' })
    await turn(deps)
    expect(deps.chat.posted().filter((text) => text.startsWith('ada'))).toEqual([soon])
  })

  test('does not read “not fetched” once they fetched it', async () => {
    const { store } = world(await open())
    const deps = world(store)
    const loaded = await access(deps)
    const { id } = grantOf(loaded)
    const link = sample.link(loaded, 'hash', at(30))
    await store.openLink(link, [])
    await store.redeem('hash', 'browser', at(31))
    const account = { integration: vault.id, person: ada }
    const { held } = sample.present(await store.claimAccount(account, () => 'name', seconds(9)))
    expect(await store.wasFetched(id)).toBe(false)
    for (const to of ['drawn', 'issued'] as const) {
      const step = { to, link: link.id, grant: id, handle: sample.handled, held, now: at(32), audit: [] }
      expect(await store.mint(step)).toBe('done')
    }
    now = at(830)
    await turn(deps)
    expect(deps.chat.posted()).toEqual([
      soon.replace(' You have not fetched it yet.', '').replace('[Get my one-time link] ', ''),
    ])
  })

  test('reads that their extension waits, and is not told at all once a newer access outlasts this one', async () => {
    for (const isApproved of [false, true]) {
      const deps = world(await open(undefined, `${isApproved}.db`))
      const loaded = await access(deps)
      const change = sample.submission({ items: loaded.request.items, now: at(60) })
      const request = { ...change.request, extends: grantOf(loaded).id }
      await sample.mustCommit(deps.store, { ...change, request })
      if (isApproved) {
        const asked = await sample.reload(deps.store, request)
        await sample.mustCommit(deps.store, sample.approval(asked.request, sample.grace, at(70)))
        now = at(100)
        await happened(deps, await sample.reload(deps.store, request), { kind: 'provisioned', handle: sample.handled })
        deps.chat.sent.length = 0
      }
      now = at(830)
      await tellEndings(deps)()
      expect(await deps.store.nextToTell()).toBe(isApproved ? at(910) : undefined)
      await show(deps)
      const near = deps.chat.posted().filter((text) => text.includes('Access to kv/apps/db ends'))
      expect(near).toEqual(
        isApproved
          ? []
          : [
              expect.stringMatching(
                /Its extension waits for a decision until .*\n\[Get my one-time link\] \[Give back now\]$/,
              ),
            ],
      )
    }
  })

  test('sees in the same message that they gave it back before its end', async () => {
    const deps = world(await open())
    const loaded = await access(deps)
    now = at(830)
    await turn(deps)
    await happened(deps, loaded, { kind: 'revoke-asked', because: 'given-back', by: ada })
    await happened(deps, loaded, { kind: 'revoked', proof })
    await turn(deps)
    expect(deps.chat.posted()).toEqual([expect.stringMatching(/^ada: ℹ️ Access to kv\/apps\/db: Ended .*given back/)])
  })
})

describe('what somebody has', () => {
  test('can be requested again near its end, not before', async () => {
    const deps = world(await open())
    const { id } = await discovered(deps.store, vault.id, 'kv/apps/db')
    const item = { ...sample.item('apps/db'), resource: id }
    await sample.activated(deps.store, { items: [item] })
    const ask = () => {
      const items = [{ resource: id, permission: 'read' }] as const
      const wish = { requester: ada, draft: randomUUID(), items, duration: seconds(900) }
      return submitRequest(deps)({ ...wish, reason: 'The export is not done.' })
    }
    now = at(829)
    expect(await ask()).toMatchObject({ refusal: { code: 'already-asked', state: 'live' } })
    now = at(830)
    expect(await ask()).toMatchObject({ ok: true })
    expect(await ask()).toMatchObject({ refusal: { code: 'already-asked', state: 'pending' } })
  })

  test('goes on, as the line at its end says, when the newer access is there', async () => {
    const deps = world(await open())
    const items = [sample.item('apps/db')] as const
    const loaded = await access(deps)
    await sample.activated(deps.store, { items }, at(850))
    now = at(920)
    await happened(deps, loaded, { kind: 'came-due' }, { kind: 'revoked', proof })
    await show(deps)
    expect(deps.chat.posted()).toEqual([
      expect.stringMatching(/Your newer access to it goes on until 2023-11-14 22:42 UTC\.$/),
    ])
  })
})
