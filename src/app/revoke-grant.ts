import { type Actor, byPerson, system } from '../domain/audit-event.ts'
import type { Notice } from '../domain/card.ts'
import { type EndReason, evolve, type Grant } from '../domain/grant.ts'
import type { GrantId, PersonId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { givenOf } from '../domain/request-items.ts'
import type { Timestamp } from '../domain/time.ts'
import { noteFault } from '../domain/written.ts'
import type { Loaded } from '../ports.ts'
import { noticeToAll, noticeToOwners } from './cards-for.ts'
import { aboutGrant, type Deps, isOwner, notServed, untilCommitted } from './deps.ts'
import { type Neighbours, neighboursOf } from './neighbours.ts'
import { outlastingOf } from './outlasting.ts'

/**
 * Requests a grant's end: its holder gives it back, or an owner revokes it and says why. The reconciler ends it and
 * proves that.
 */
export const revokeGrant =
  (deps: Deps) =>
  async (id: GrantId, by: PersonId, note = ''): Promise<Outcome<Loaded>> => {
    const loaded = await loadedFor(deps, id, by)
    if (!loaded.ok) return loaded
    const { request } = loaded.value
    const because = request.requester === by ? 'given-back' : 'revoked'
    const why = note.trim()
    const fault = noteFault(why, { needed: because === 'revoked' })
    if (fault) return refuse(fault)
    const asked = await askForEnd(deps)(id, { because, actor: byPerson(by), note: why }, loaded.value)
    return asked.ok && !deps.integrations.has(request.integration) ? refuse(notServed(request)) : asked
  }

/** Whether the person may request the grant's end now, and what outlasts it. */
export const mayEnd =
  (deps: Deps) =>
  async (
    id: GrantId,
    by: PersonId,
  ): Promise<Outcome<Loaded & Neighbours & { readonly outlasts?: readonly string[] }>> => {
    const loaded = await loadedFor(deps, id, by)
    if (!loaded.ok) return loaded
    const { request } = loaded.value
    const outlasts = outlastingOf(deps, { ...request, items: givenOf(loaded.value) })
    return (
      alreadyOver(loaded.value) ?? accept({ ...loaded.value, ...(await neighboursOf(deps, loaded.value)), outlasts })
    )
  }

const loadedFor = async (deps: Deps, id: GrantId, by: PersonId): Promise<Outcome<Loaded>> => {
  const loaded = await deps.store.requestOfGrant(id)
  if (!loaded) return refuse({ code: 'no-such-request' })
  const isHolder = loaded.request.requester === by
  return isHolder || isOwner(deps, loaded, by) ? accept(loaded) : refuse({ code: 'not-an-owner' })
}

const alreadyOver = ({ grant }: Loaded): { ok: false; refusal: Refusal } | undefined => {
  if (grant?.state === 'ended') return refuse({ code: 'access-not-active', state: 'ended' })
  return grant?.state === 'revoking' ? refuse({ code: 'access-not-active', state: 'ending' }) : undefined
}

type WishToEnd = {
  readonly because: EndReason
  readonly actor?: Actor
  /** The actor's own words; empty for none. */
  readonly note?: string
  /** What makes the end necessary, for the audit log. */
  readonly code?: string
  /** News for requester and owners, where their cards do not say enough. */
  readonly notice?: Notice
}

/** Somebody else removed the access at the vault; it is not made again. */
export const missingAtVault: WishToEnd = { because: 'missing-at-vault', notice: { about: 'access-missing' } }
/** Somebody else changed what the access opens, without approval; it is not repaired. */
export const alteredAtVault: WishToEnd = { because: 'altered-at-vault', notice: { about: 'access-altered' } }

/** What was approved can no longer be kept apart from what is new beneath its folder. `code`: why. */
export const notNarrowable = (code: string): WishToEnd => ({
  ...{ because: 'not-narrowable', code, notice: { about: 'not-narrowable', code } },
})

/** Stores the request to end a grant, on behalf of any actor; `known` is the grant as just loaded. */
export const askForEnd =
  (deps: Deps) =>
  async (
    id: GrantId,
    { because, actor = system, note, code, notice }: WishToEnd,
    known?: Loaded,
  ): Promise<Outcome<Loaded>> => {
    let fresh = known
    const outcome = await untilCommitted<Outcome<Loaded>>(async () => {
      const loaded = fresh ?? (await deps.store.requestOfGrant(id))
      fresh = undefined
      if (!loaded?.grant) return refuse({ code: 'no-such-request' })
      const { request, grant } = loaded
      const over = alreadyOver(loaded)
      if (over) return over
      const now = deps.clock.now()
      const asker = { ...(actor.kind === 'person' && { by: actor.id }), ...(note && { note }) }
      const asked = explained(deps, evolve(grant, { kind: 'revoke-asked', because, ...asker }, now), now)
      const about = aboutGrant(request, grant.id)
      const detail = { because, ...(note && { note }), ...(code && { code }) }
      const audit = [{ at: now, kind: 'access-ending', actor, ...about, detail } as const]
      const saved = await deps.store.commit({
        request,
        grant: asked,
        audit,
        cards: [
          ...(notice ? noticeToAll(deps, request, notice) : []),
          ...(asked.trouble ? noticeToOwners(deps, request, { about: 'not-revoked', code: asked.trouble.code }) : []),
        ],
      })
      return saved === 'conflict' ? 'conflict' : accept({ request, grant: asked })
    })
    deps.nudge()
    return outcome
  }

/**
 * No connector serves an integration that is no longer configured. The request is kept, and the card shows the reason.
 */
const explained = ({ integrations }: Deps, grant: Grant, now: Timestamp): Grant =>
  integrations.has(grant.integration)
    ? grant
    : evolve(grant, { kind: 'must-wait', since: now, code: 'not-configured' }, now)
