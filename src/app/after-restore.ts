import { type Actor, byOperator, system } from '../domain/audit-event.ts'
import { evolve, type Grant } from '../domain/grant.ts'
import type { GrantId } from '../domain/ids.ts'
import { type DrawnName, drawnFor, isUnknown } from '../domain/journal.ts'
import type { ServerMemory } from '../domain/server-memory.ts'
import { end } from '../domain/session.ts'
import type { Timestamp } from '../domain/time.ts'
import type { AuditHead, Loaded } from '../ports.ts'
import { aboutGrant, type Deps, untilCommitted } from './deps.ts'
import { aboutSession } from './end-session.ts'

/** What an older database means for each access that it or the present one takes for live. */
export type RestorePlan = {
  /** Live in the backup, but ended or ending since: ended again, so that it cannot come back. */
  readonly endedSince: readonly Loaded[]
  /** Being set up in the backup: ended, because its later state is unknown. It must be requested again. */
  readonly unfinished: readonly Loaded[]
  /** Live in both, or nothing else is known: continues, unless it is gone at the vault. */
  readonly kept: readonly Loaded[]
  /** Live now and unknown to the backup: the next start deletes its policies, which the journal names. */
  readonly forgotten: readonly Loaded[]
}

/**
 * Compares and changes nothing. `now` is `undefined` without a present database; its `grants` are those that the backup
 * knows.
 */
export const planRestore = (
  backup: readonly Loaded[],
  now: { readonly live: readonly Loaded[]; readonly grants: ReadonlyMap<GrantId, Grant> } | undefined,
): RestorePlan => {
  const stateNow = ({ grant }: Loaded) => grant && now?.grants.get(grant.id)?.state
  const isOver = (loaded: Loaded) => ['revoking', 'ended'].includes(stateNow(loaded) ?? '')
  const isUnfinished = ({ grant }: Loaded) => grant?.state === 'provisioning'
  const known = new Set(backup.map(({ grant }) => grant?.id))
  return {
    endedSince: backup.filter((loaded) => loaded.grant?.state !== 'revoking' && isOver(loaded)),
    unfinished: backup.filter((loaded) => isUnfinished(loaded) && !isOver(loaded)),
    kept: backup.filter((loaded) => !isUnfinished(loaded) && (loaded.grant?.state === 'revoking' || !isOver(loaded))),
    forgotten: (now?.live ?? []).filter(({ grant }) => grant && !known.has(grant.id)),
  }
}

/** Names that may still work and that the backup does not know, from the journal and the present database. */
export const drawnSince = (
  noted: readonly DrawnName[],
  live: readonly Loaded[],
  backup: ReadonlyMap<GrantId, Grant>,
  now: Timestamp,
): readonly DrawnName[] => {
  const present = live.flatMap(({ grant }) => (grant ? drawnFor(grant, now) : []))
  const names = new Map([...noted, ...present].map((each) => [each.name, each]))
  return [...names.values()].filter((each) => each.until > now && isUnknown(each, backup.get(each.grant)))
}

type Restored = { readonly operator: string; readonly file: string; readonly replaced?: AuditHead }
type RestoreDeps = Pick<Deps, 'store' | 'clock'>

/** Writes into the restored database what must not come back, and that it was restored. */
export const settleRestore = async (
  deps: RestoreDeps,
  { endedSince, unfinished }: RestorePlan,
  { operator, file, replaced }: Restored,
): Promise<void> => {
  const { store, clock } = deps
  const actor = byOperator(operator)
  const head = await store.auditHead()
  const detail = {
    ...{ file, head: `${head.sequence}:${head.hash}` },
    ...(replaced && { replaced: `${replaced.sequence}:${replaced.hash}` }),
  }
  await store.audit([{ at: clock.now(), kind: 'database-restored', actor, detail }])
  await endSessions(deps, actor)
  await endGrants(deps, [...endedSince, ...unfinished], actor)
}

/**
 * The same where another server has taken over the database, and may lack what the former one confirmed. What is kept,
 * and has ended since, is gone at the vault; the look for drift ends it.
 */
export const settleSuccession = async (deps: Deps, server: ServerMemory, name: string): Promise<void> => {
  const { store, clock } = deps
  const { unfinished, kept } = planRestore(await store.grants({ state: 'live', limit: everyGrant }), undefined)
  await endSessions(deps, system)
  await endGrants(deps, unfinished, system)
  const head = await store.auditHead()
  const detail = { server: name, head: `${head.sequence}:${head.hash}`, ended: unfinished.length, kept: kept.length }
  await server.settled(name, [{ at: clock.now(), kind: 'database-succeeded', actor: system, detail }])
}

const everyGrant = 1_000_000_000

/** An older database knows neither which sessions have ended since, nor which refresh tokens were used since. */
const endSessions = async ({ store, clock }: RestoreDeps, actor: Actor): Promise<void> => {
  for (const session of await store.liveSessions(clock.now())) {
    const why = 'by-operator'
    const detail = aboutSession(session, { why, restored: true })
    const event = { at: clock.now(), kind: 'session-ended', actor, detail } as const
    await store.saveSession(end(session, why, clock.now()), [event])
  }
}

const endGrants = async ({ store, clock }: RestoreDeps, grants: readonly Loaded[], actor: Actor): Promise<void> => {
  for (const { grant } of grants) {
    await untilCommitted(async () => {
      const loaded = grant && (await store.requestOfGrant(grant.id))
      if (!loaded?.grant || loaded.grant.state === 'revoking' || loaded.grant.state === 'ended') return 'committed'
      const { request } = loaded
      const now = clock.now()
      const about = aboutGrant(request, loaded.grant.id)
      return store.commit({
        request,
        grant: evolve(loaded.grant, { kind: 'revoke-asked', because: 'revoked' }, now),
        audit: [{ at: now, kind: 'access-ending', actor, ...about, detail: { because: 'revoked', restored: true } }],
      })
    })
  }
}
