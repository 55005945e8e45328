import { type AuditEvent, byPerson } from '../domain/audit-event.ts'
import type { Handle } from '../domain/catalogue.ts'
import { type FetchLink, type Visit, visit } from '../domain/fetch-link.ts'
import { evolve, type Grant } from '../domain/grant.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timestamp } from '../domain/time.ts'
import { type Connector, type Credential, ExternalError, type Loaded, type Order } from '../ports.ts'
import { withAccount } from './accounts.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { linkMisused } from './link-misused.ts'
import { mayHold } from './may-hold.ts'
import { askForEnd, missingAtVault } from './revoke-grant.ts'

/** What the page says about the access that a link leads to. */
export type Shown = {
  readonly items: readonly { readonly path: string; readonly permission: string; readonly type: string }[]
  readonly until: Timestamp
  readonly integration: string
  readonly accessDetails?: string
}
export type LinkLook =
  | { readonly kind: 'ready'; readonly what: Shown }
  | { readonly kind: 'sign-in-first' }
  | { readonly kind: 'redeemed-here'; readonly what: Shown }
  | { readonly kind: 'unusable' }
export type Redeemed =
  | { readonly kind: 'credential'; readonly what: Shown; readonly credential: Credential }
  | { readonly kind: 'redeemed-here'; readonly what: Shown }
  | { readonly kind: 'sign-in-first' }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'failed' }
export type Revealed =
  | { readonly kind: 'token'; readonly token: Secret; readonly what: Shown }
  | { readonly kind: 'spent' }
  | { readonly kind: 'unusable' }

type Active = Grant & { state: 'active' }
export type Found = {
  link: FetchLink
  loaded: Loaded
  grant: Grant & { state: 'active' }
  connector: Connector
  what: Shown
}

/**
 * What a visitor may see of a link. Changes nothing: previewers and scanners come here too. Whoever comes second sees
 * the button like the first: only pressing it tells a theft from a preview (decision 7). Where a sign-in is asked for, the
 * link alone does not even say what it leads to. `signedIn` is who proved to sit at this browser, for this link.
 */
export const lookAtFetchLink =
  (deps: Deps) =>
  async (nonce: string, browser: string | undefined, signedIn?: PersonId): Promise<LinkLook> => {
    const found = await findLink(deps, nonce)
    if (!found) return { kind: 'unusable' }
    const { link, what } = found
    const look = withoutProof(visit(link, browser && deps.hash(browser), deps.clock.now()), what)
    return look.kind === 'sign-in-first' && isConfirmed(deps, link, signedIn) ? { kind: 'ready', what } : look
  }

const isConfirmed = ({ settings }: Deps, link: FetchLink, signedIn: PersonId | undefined): boolean =>
  settings.linkConfirm === 'none' || signedIn === link.person

const withoutProof = (visitor: Visit, what: Shown) => {
  if (visitor === 'too-late') return { kind: 'unusable' } as const
  return visitor === 'same-browser' ? ({ kind: 'redeemed-here', what } as const) : ({ kind: 'sign-in-first' } as const)
}

/**
 * Spends the link and mints its credential. The one conditional update decides who wins, before anything is minted: a
 * response that is lost costs the link, never a second credential.
 */
export const redeemFetchLink =
  (deps: Deps) =>
  async (nonce: string, browser: string, signedIn?: PersonId): Promise<Redeemed> => {
    const found = await findLink(deps, nonce)
    if (!found) return { kind: 'unusable' }
    const { link, what } = found
    if (!isConfirmed(deps, link, signedIn)) {
      return withoutProof(visit(link, deps.hash(browser), deps.clock.now()), what)
    }
    const isWinner = await deps.store.redeem(link.hash, deps.hash(browser), deps.clock.now())
    if (isWinner) return mint(deps, found)
    const current = await deps.store.link(link.hash)
    const visitor = visit(current ?? link, deps.hash(browser), deps.clock.now())
    if (visitor === 'same-browser') return { kind: 'redeemed-here', what }
    // Whoever signed in is the link's own person, only at another browser: no misuse.
    if (visitor === 'stranger' && deps.settings.linkConfirm === 'none')
      await linkMisused(deps)(found.loaded, 'other-browser')
    return { kind: 'unusable' }
  }

const mint = async (deps: Deps, { loaded, grant, connector, what }: Found): Promise<Redeemed> => {
  const audit = record(deps, loaded)
  await audit('link-redeemed')
  try {
    const credential = await withAccount(deps, connector, grant.person, async (account) => {
      const fresh = (await deps.store.requestOfGrant(grant.id))?.grant
      if (fresh?.state !== 'active' || fresh.expiresAt <= deps.clock.now()) return undefined
      if (!mayHold(deps, loaded.request)) return undefined
      const kept = fresh.withdraw ? await finishWithdrawal(deps, connector, fresh, account) : fresh.handle
      const handle = connector.draw(grant.id, kept)
      await deps.store.saveHandle(grant.id, handle)
      const issued = await connector.issue({ ...orderOf(fresh, account), handle, until: fresh.expiresAt })
      await deps.store.saveHandle(grant.id, issued.handle)
      if (issued.credential.until < fresh.expiresAt) await shorten(deps, grant, issued.credential.until)
      return fresh.expiresAt <= deps.clock.now() ? undefined : issued.credential // the vault may have been slow
    })
    if (!credential) return { kind: 'unusable' }
    const isCut = credential.until < grant.expiresAt
    await audit('credential-issued', isCut ? { until: credential.until } : {})
    return { kind: 'credential', what: isCut ? { ...what, until: credential.until } : what, credential }
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    await audit('credential-failed', { code: error.code })
    if (isTheft(error.code)) await linkMisused(deps)(loaded, error.code)
    if (error.code === 'missing-at-vault') await askForEnd(deps)(grant.id, missingAtVault)
    deps.log.warn({ grant: grant.id, code: error.code }, 'no credential could be issued')
    return { kind: 'failed' }
  }
}

/** A credential that was opened or exchanged before anybody could have seen it. */
const isTheft = (code: string): code is 'spent-unseen' | 'wrong-creation-path' =>
  code === 'spent-unseen' || code === 'wrong-creation-path'

/** A withdrawal may have stopped half-way: what it took away must not look as if somebody else had. */
const finishWithdrawal = async (deps: Deps, connector: Connector, grant: Active, account: string): Promise<Handle> => {
  const handle = await connector.withdraw({ ...orderOf(grant, account), until: grant.expiresAt })
  await deps.store.saveHandle(grant.id, handle)
  await untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(grant.id)
    if (!loaded?.grant) return 'committed'
    const settled = evolve(loaded.grant, { kind: 'withdrawn' }, deps.clock.now())
    return deps.store.commit({ request: loaded.request, grant: settled, audit: [] })
  })
  return handle
}

/** The vault lets tokens live less long than it did when access was set up: card and record say so before the page does. */
const shorten = (deps: Deps, { id }: Grant, until: Timestamp) =>
  untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded?.grant) return 'committed'
    const grant = evolve(loaded.grant, { kind: 'shortened', until }, deps.clock.now())
    return deps.store.commit({ request: loaded.request, grant, audit: [] })
  })

/** Opens the wrapped credential for the browser that redeemed the link and chose to see the token here. */
export const revealCredential =
  (deps: Deps) =>
  async (nonce: string, browser: string, wrappingToken: Secret): Promise<Revealed> => {
    const found = await findLink(deps, nonce)
    if (!found) return { kind: 'unusable' }
    const { link, loaded, grant, connector, what } = found
    if (visit(link, deps.hash(browser), deps.clock.now()) !== 'same-browser') return { kind: 'unusable' }
    const accounts = await deps.store.accounts(connector.integration)
    const account = accounts.find(({ person }) => person === grant.person)?.name ?? ''
    try {
      const token = await connector.reveal({ ...orderOf(grant, account), until: grant.expiresAt }, wrappingToken)
      await record(deps, loaded)('credential-revealed')
      return { kind: 'token', token, what }
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      if (error.code === 'wrong-creation-path') await linkMisused(deps)(loaded, 'wrong-creation-path')
      return { kind: 'spent' }
    }
  }

export const orderOf = (grant: Grant, account: string): Omit<Order, 'until'> => ({
  grant: grant.id,
  account,
  handle: grant.handle ?? {},
  items: grant.items,
  plan: grant.plan,
})

/** The link behind a nonce, with all that it leads to, while its grant is active and its person may hold it. */
export const findLink = async (deps: Deps, nonce: string): Promise<Found | undefined> => {
  const link = await deps.store.link(deps.hash(nonce))
  const loaded = link && (await deps.store.requestOfGrant(link.grant))
  const entry = loaded && deps.catalogue.get(loaded.request.integration)
  const grant = loaded?.grant
  if (!entry || grant?.state !== 'active' || grant.expiresAt <= deps.clock.now()) return undefined
  if (!mayHold(deps, loaded.request)) return undefined
  const { integration, connector } = entry
  const { accessDetails } = integration
  const what: Shown = {
    items: grant.items.map(({ path, permission, type }) => ({ path, permission, type })),
    until: grant.expiresAt,
    integration: integration.id,
    ...(accessDetails && { accessDetails }),
  }
  return { link, loaded, grant, connector, what }
}

const record =
  (deps: Deps, { request, grant }: Loaded) =>
  (kind: AuditEvent['kind'], detail: AuditEvent['detail'] = {}): Promise<void> => {
    const about = { integration: request.integration, request: request.id, ...(grant && { grant: grant.id }) }
    return deps.store.audit([{ at: deps.clock.now(), kind, actor: byPerson(request.requester), ...about, detail }])
  }
