import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Deps } from '../../src/app/deps.ts'
import { takeStep } from '../../src/app/grant-steps.ts'
import { newHealth } from '../../src/app/health.ts'
import { openFetchLink } from '../../src/app/open-fetch-link.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileCards } from '../../src/app/reconcile-cards.ts'
import { reconcileGrants } from '../../src/app/reconcile-grants.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { isLive } from '../../src/domain/grant.ts'
import { isOwed } from '../../src/domain/grant-trouble.ts'
import { type GrantId, type PersonId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import type { ChatPlatform, Connector, Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from '../contract/store-samples.ts'
import { eventually } from './eventually.ts'
import { lendFrom, lendsApps, liveNames, type Mode } from './lending-vault.ts'
import { openBao, type TestVault } from './openbao.ts'
import { rawCall } from './openbao-calls.ts'
import { connectorTo } from './openbao-connector.ts'
import { loopbackProxy, type ProxyRules } from './openbao-proxy.ts'

/** The use cases around one-time links on a real vault and database, with a worker that answers each nudge. */
export type LinkWorld = {
  readonly deps: Deps
  readonly store: Store
  readonly connector: Connector
  /** Calls the vault as its administrator. */
  readonly admin: TestVault['admin']
  /** An active grant of a person, with one secret of its own. */
  grantFor(person: string): Promise<GrantId>
  /** Draws a link for the grant's person; its nonce. */
  open(grant: GrantId): Promise<string>
  press(nonce: string, browser: string): ReturnType<ReturnType<typeof redeemFetchLink>>
  /** Wrapping tokens of every credential that the vault made for the grant, shown or not; the newest last. */
  minted(grant: GrantId): readonly string[]
  /** The status of a call with the token behind a wrapping token. */
  use(wrappingToken: string, method: string, path: string, body?: object): Promise<number>
  /** What opening a wrapping token and reading the grant's secret with it answers. */
  read(grant: GrantId, wrappingToken: string): Promise<number>
  /** The policies of grants at the vault; where the bot only lends, the drawn names of the tokens that live. */
  policies(): Promise<readonly string[]>
  /** Every chat message as it reads once all cards are drawn, by its recipient. */
  messages(): Promise<readonly Message[]>
  /** How often the chat was called. */
  chatCalls(): number
  /** Does what the grant is owed, until that is nothing. */
  settled(grant: GrantId): Promise<Loaded>
  stop(): Promise<void>
}

export type Message = { readonly to: string; readonly text: string }

type Options = {
  /** How many accounts in the chat each person has. */
  readonly identities?: number
  readonly rules?: ProxyRules
  /** Whether the bot writes policies, or only lends those of an administrator. */
  readonly mode?: Mode
  readonly settings?: Partial<Deps['settings']>
  readonly now?: () => number
  /** Further parameters of the connector, and rules of its integration. */
  readonly params?: object
  readonly integration?: Partial<Integration>
  /** Groups besides those of everybody who asks and of the owner. */
  readonly groups?: Readonly<Record<string, readonly PersonId[]>>
}

export const linkWorld = async (options: Options = {}): Promise<LinkWorld> => {
  const {
    rules,
    settings,
    now = Date.now,
    identities = 1,
    params = {},
    groups = {},
    mode = 'root-equivalent',
  } = options
  const vault = await openBao()
  const isLending = mode === 'contained'
  const prepared = isLending ? await lendFrom(vault, lendsApps) : vault.prepared
  const lends = isLending ? { contained: lendsApps } : {}
  const proxy = rules && (await loopbackProxy(vault.server.address, rules))
  const store = await openStore(':memory:', { newId: randomUUID })
  const ownClock = isLending ? { now: () => timestamp(now()) } : undefined
  const real = connectorTo(
    prepared,
    { ...(proxy && { internalUrl: proxy.address }), ...lends, ...params },
    'i0links',
    ownClock,
  )
  const made: { grant: GrantId; token: string }[] = []
  const connector: Connector = {
    ...real,
    issue: async (order) => {
      const issued = await real.issue(order)
      made.push({ grant: order.grant, token: issued.credential.wrappingToken.reveal() })
      return issued
    },
  }
  const integration = { ...sample.vault, ...options.integration, id: connector.integration }
  const people = new Set<PersonId>(Object.values(groups).flat())
  const personOf = (id: PersonId) => ({
    ...{ id, name: id },
    identities: Array.from({ length: identities }, (_, each) => ({
      ...({ platform: 'slack', tenant: 'T1', subject: `U-${id}${each === 0 ? '' : each}` } as const),
    })),
  })
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const chat = recordingChat()
  const work = { turn: async () => {} }
  const clock = {
    now: () => timestamp(now()),
    sleep: (until: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, until - now()))),
  }
  const deps: Deps = {
    ...{ store, log, hash, clock, newId: () => randomBytes(16).toString('hex'), random: () => 0 },
    newNonce: () => randomBytes(32).toString('base64url'),
    directory: {
      person: () => undefined,
      find: (id) => (people.has(id) || id === sample.grace ? personOf(id) : undefined),
      members: (party) =>
        groups[party] ??
        (party === 'group:engineering' ? [...people] : party === 'group:platform' ? [sample.grace] : []),
      partiesOf: () => [],
    },
    integrations: new Map([[integration.id, { integration, connector }]]),
    platforms: new Map([['slack', chat.platform]]),
    nudge: () => void work.turn(),
    troubleAt: () => undefined,
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
      ...settings,
    },
  }
  const pools = { steps: newPool(16, log), cuts: newPool(16, log), chores: newPool(1, log) }
  const turn = reconcileGrants(deps, newHealth(deps), integration.id, pools, () => false)
  work.turn = () => turn(deps.nudge)
  const tokens = new Map<string, string | undefined>()
  const call = (token: string) => rawCall(vault.server.address, token)
  const tokenBehind = async (wrappingToken: string): Promise<string | undefined> => {
    if (!tokens.has(wrappingToken)) {
      const opened = await call(wrappingToken)('POST', 'sys/wrapping/unwrap')
      tokens.set(wrappingToken, opened.body?.auth?.client_token)
    }
    return tokens.get(wrappingToken)
  }
  const loadedOf = async (grant: GrantId) => sample.present(await store.requestOfGrant(grant))

  return {
    ...{ deps, store, connector, admin: vault.admin },
    grantFor: async (name) => {
      const by = personId(name)
      people.add(by)
      const path = `apps/${name}`
      await vault.admin('POST', `kv/data/${path}`, { data: { value: 'example' } })
      const item = { resource: resourceId(path), type: 'secret', path: `kv/${path}`, permission: 'read' } as const
      const plan = sample.granted(connector.plan([item]))
      const change = sample.submission({ by, integration, items: [item], now: clock.now() })
      await sample.mustCommit(store, { ...change, request: { ...change.request, plan } })
      const { request } = await sample.reload(store, change.request)
      await sample.mustCommit(store, sample.approval(request, sample.grace, clock.now()))
      const approved = await sample.reload(store, request)
      const took = sample.present(await takeStep(deps, connector, approved))
      await recordStep(deps, sample.grantOf(approved).id, { took })
      return sample.grantOf(approved).id
    },
    open: async (grant) => {
      const { request } = await loadedOf(grant)
      const { url } = sample.granted(await openFetchLink(deps)(grant, request.requester))
      return url.reveal().split('/').at(-1) ?? ''
    },
    press: redeemFetchLink(deps),
    minted: (grant) => made.filter((one) => one.grant === grant).map(({ token }) => token),
    use: async (wrappingToken, method, path, body) => {
      const token = await tokenBehind(wrappingToken)
      return token === undefined ? 403 : (await call(token)(method, path, body)).status
    },
    read: async (grant, wrappingToken) => {
      const token = await tokenBehind(wrappingToken)
      if (token === undefined) return 403
      const path = (await loadedOf(grant)).request.items[0].path.replace('kv/', 'kv/data/')
      return (await call(token)('GET', path)).status
    },
    policies: async () => {
      if (isLending) return liveNames(vault.admin, 'i0links-g-')
      const listed = await vault.admin('GET', 'sys/policies/acl?list=true')
      const { keys } = (listed as { data: { keys: readonly string[] } }).data
      return keys.filter((name) => name.includes('i0links-g-'))
    },
    messages: async () => {
      const pool = newPool(8, log)
      for (let drawn = 0, seen = -1; seen !== drawn; seen = drawn, drawn = chat.calls()) {
        await reconcileCards(deps, chat.platform, pool)(() => {})
        await pool.settled()
      }
      return chat.messages()
    },
    chatCalls: chat.calls,
    settled: (grant) =>
      eventually(async () => {
        await work.turn()
        const loaded = await loadedOf(grant)
        const isDue =
          loaded.grant !== undefined &&
          isLive(loaded.grant) &&
          (loaded.grant.state !== 'active' || isOwed(loaded.grant))
        return !isDue && loaded
      }),
    stop: async () => {
      await Promise.all(Object.values(pools).map((pool) => pool.settled()))
      await real.close()
      await proxy?.stop()
      await store.close()
      await vault.stop()
    },
  }
}

/** A chat that keeps each message as it was drawn last. */
const recordingChat = () => {
  const shown = new Map<string, Message>()
  let calls = 0
  const platform: ChatPlatform = {
    name: 'slack',
    post: async (to, view) => {
      calls += 1
      const message = String(calls)
      shown.set(message, { to: to.to === 'person' ? to.identity.subject : to.channel.id, text: JSON.stringify(view) })
      return { conversation: 'D1', message }
    },
    update: async ({ message }, view) => {
      calls += 1
      const before = shown.get(message)
      if (before) shown.set(message, { ...before, text: JSON.stringify(view) })
    },
    admits: async () => ({ ok: true, value: undefined }) as const,
  }
  return { platform, calls: () => calls, messages: () => [...shown.values()] }
}
