import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askOthersWhereNeeded } from '../../src/app/ask-others.ts'
import { cardsForRequest } from '../../src/app/cards-for.ts'
import type { Deps } from '../../src/app/deps.ts'
import { keepConversation } from '../../src/app/keep-conversation.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileCards } from '../../src/app/reconcile-cards.ts'
import { newInbound } from '../../src/chat/conversation/inbound.ts'
import { type Identity, unreachableReasons } from '../../src/domain/card.ts'
import type { personId } from '../../src/domain/ids.ts'
import { secret } from '../../src/domain/secret.ts'
import { type ChatPlatform, ExternalError, type Store } from '../../src/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { refusedText } from '../../src/views/copy-unreachable.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import { developer, fakeUseCases } from './chat-fakes.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const identityOf = (key: string): Identity => ({ platform: 'toy', tenant: 'T1', subject: `U-${key}` })

let store: Store
let now = at(0)
/** What was shown, by account, with the conversation that was handed over. */
let shown: { to: string; text: string; conversation: string | undefined }[]
/** Why the platform refuses an account. */
let refused: Map<string, string>
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', newId: randomUUID })
  now = at(0)
  shown = []
  refused = new Map()
})
afterEach(() => store.close())

const toy: ChatPlatform = {
  name: 'toy',
  post: async (to, view, conversation) => {
    const account = to.to === 'person' ? to.identity.subject : to.channel.id
    const code = refused.get(account)
    if (code) throw new ExternalError(code, 'refused', { transient: false })
    shown.push({ to: account, text: JSON.stringify(view), conversation })
    return { conversation: account, message: String(shown.length) }
  },
  update: async () => {},
  admits: async () => ({ ok: true, value: undefined }),
}

/** Ada asks; Grace and Linus own what she asks for, and Mary the integration. */
const latchkey = (platform: ChatPlatform = toy): Deps => {
  const company = newCompany({ people: ['ada', 'grace', 'linus', 'mary'] })
  const integrations = [{ ...sample.vault, owners: ['person:mary'] as const }]
  const deps = latchkeyOf({ store, company, now: () => now, integrations })
  const find = (id: ReturnType<typeof personId>) => {
    const person = deps.directory.find(id)
    return person && { ...person, identities: [identityOf(id)] }
  }
  return { ...deps, directory: { ...deps.directory, find }, platforms: new Map([['toy', platform]]) }
}
const ask = async (deps: Deps) => {
  const { request } = await sample.submitted(store)
  await store.addCards(cardsForRequest(deps, request))
  return request
}
const show = async (deps: Deps, platform: ChatPlatform = toy) => {
  const pool = newPool(8, deps.log)
  await reconcileCards(deps, platform, pool)(() => {})
  await pool.settled()
}
const shownTo = (key: string) => shown.filter(({ to }) => to === `U-${key}`).map(({ text }) => text)

describe('why a platform refuses somebody', () => {
  test.each(unreachableReasons.filter((reason) => !reason.startsWith('channel')))(
    '%s is kept with the card, and told by name to the requester and to the owners of the integration',
    async (reason) => {
      const deps = latchkey()
      for (const owner of ['grace', 'linus']) refused.set(`U-${owner}`, reason)
      const request = await ask(deps)
      await show(deps)
      const troubles = (await store.cardsOf(request.id)).map(({ trouble }) => trouble?.code)
      expect(troubles.filter((code) => code === reason)).toHaveLength(2)
      await askOthersWhereNeeded(deps)()
      await show(deps)
      const { found } = refusedText(reason)
      for (const told of ['ada', 'mary']) {
        const news = shownTo(told).find((text) => text.includes('The owners cannot be reached'))
        expect(news).toContain('grace')
        expect(news).toContain('linus')
        expect(news).toContain(`(${found})`)
      }
      const [audited] = (await store.auditRows(0, 99)).filter(({ kind }) => kind === 'owners-unreachable')
      expect(audited?.detail.why).toBe(`grace: ${reason}, linus: ${reason}`)
    },
  )
})

describe('a platform that cannot open a conversation', () => {
  const closed: ChatPlatform = { ...toy, needsConversation: true }
  const save = (deps: Deps, key: string, reference: string) => keepConversation(deps)(identityOf(key), reference)

  test('is given the conversation of whoever has written before', async () => {
    const deps = latchkey(closed)
    await save(deps, 'ada', 'an older one')
    await save(deps, 'ada', 'at ada')
    await ask(deps)
    await show(deps, closed)
    expect(shown.map(({ to, conversation }) => ({ to, conversation }))).toEqual([
      { to: 'U-ada', conversation: 'at ada' },
    ])
  })

  test('is not asked to write to others, who get everything with the first word that they write', async () => {
    const deps = latchkey(closed)
    const request = await ask(deps)
    await show(deps, closed)
    expect(shown).toEqual([])
    const codes = (await store.cardsOf(request.id)).map(({ trouble }) => trouble?.code)
    expect(new Set(codes)).toEqual(new Set(['app-missing']))
    await save(deps, 'grace', 'at grace')
    await show(deps, closed)
    expect(shown.map(({ to, conversation }) => ({ to, conversation }))).toEqual([
      { to: 'U-grace', conversation: 'at grace' },
    ])
  })

  test('and one that can is handed none', async () => {
    const deps = latchkey()
    await save(deps, 'ada', 'at ada')
    await ask(deps)
    await show(deps)
    expect(new Set(shown.map(({ conversation }) => conversation))).toEqual(new Set([undefined]))
  })

  test('wakes the worker only where somebody’s conversation is new, or a message waits for them', async () => {
    let nudges = 0
    const nudge = () => {
      nudges += 1
    }
    const deps = { ...latchkey(closed), nudge }
    await save(deps, 'ada', 'one')
    await save(deps, 'ada', 'one')
    expect(nudges).toBe(1)
    await save(deps, 'ada', 'two')
    expect(nudges).toBe(2)
  })

  test('tells with each turn of a known person where they are reached', async () => {
    const kept: string[] = []
    const keep = async ({ subject }: Identity, reference: string) => {
      kept.push(`${subject} ${reference}`)
    }
    const inbound = newInbound({
      ...{ label: 'Toy', command: '/vault', sealingSecret: secret('seal'), clock: { now: () => now } },
      ...{
        directory: { find: () => undefined, members: () => [] },
        newId: randomUUID,
        useCases: fakeUseCases({ keepConversation: keep }),
      },
      admits: async () => ({ ok: true, value: undefined }),
      log: { info: () => {}, warn: () => {}, error: () => {} },
    })
    const reply = { say: async () => {}, open: async () => async () => {} }
    const known = developer.identities[0] ?? identityOf('nobody')
    await inbound.command({ identity: known, reference: 'at home' }, 'help', reply)
    await inbound.command({ identity: known }, 'help', reply)
    await inbound.command({ identity: identityOf('stranger'), reference: 'elsewhere' }, 'help', reply)
    expect(kept).toEqual([`${known.subject} at home`])
  })
})
