import { type AuditEvent, system } from '../domain/audit-event.ts'
import { type IntegrationId, type PersonId, resourceId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import { begun, ignored, type Rotation, readsIn } from '../domain/rotation.ts'
import { ownerBeneath } from '../domain/routing.ts'
import { seconds, timestamp } from '../domain/time.ts'
import {
  type Connector,
  ExternalError,
  type Integrations,
  type Loaded,
  type NewCard,
  type RotationHooks,
} from '../ports.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import { aboutGrant, type Deps } from './deps.ts'
import { callHook, lookAtVersion } from './rotation-steps.ts'

/** The audit log may tell the last reads a moment after the end. */
const settled = 5_000
const together = 200
const atOnce = 20
const usualKeep = seconds(400 * 86_400)

type Entry = NonNullable<ReturnType<Integrations['get']>>
type Versions = NonNullable<Connector['versions']>

/**
 * After an access that was used: tells the owners what was read, calls the receivers that write new values, and looks
 * whether a newer version is there. Each step is a row before its call.
 */
export const rotateAfterUse =
  (deps: Deps, integration: IntegrationId, hooks: RotationHooks) =>
  async (signal: AbortSignal): Promise<void> => {
    const entry = deps.integrations.get(integration)
    const versions = entry?.connector.versions
    if (!entry || !versions) return
    const before = timestamp(deps.clock.now() - settled)
    const read = await deps.store.readToTell(integration, before, together)
    for (const rows of Map.groupBy(read, ({ grant }) => grant).values()) {
      if (signal.aborted) return
      await tell(deps, entry, versions, hooks, rows)
    }
    const due = await deps.store.dueRotations(integration, deps.clock.now(), atOnce)
    for (const row of due) {
      if (signal.aborted) return
      const now = deps.clock.now()
      if (row.hookAt !== undefined && row.hookAt <= now) await callHook(deps, hooks, row, signal)
      else if (!deps.troubleAt(integration)) await lookAtVersion(deps, versions, row, signal)
      else await deps.store.moveRotations({ rows: [{ ...row, turn: row.turn + 1, lookAt: timestamp(now + 60_000) }] })
    }
    if (read.length + due.length > 0) deps.nudge()
  }

/** Tells of one access: its rows and the messages about them are one transaction. */
const tell = async (
  deps: Deps,
  entry: Entry,
  versions: Versions,
  hooks: RotationHooks,
  rows: readonly Rotation[],
): Promise<void> => {
  const grant = rows[0]?.grant
  const loaded = grant === undefined ? undefined : await deps.store.requestOfGrant(grant)
  if (grant === undefined || !loaded) return
  const now = deps.clock.now()
  const receipts = await deps.store.receiptsOf(grant)
  const { keep = usualKeep } = deps.settings
  const moved = rows.map((row): Rotation => {
    const [secret, reads] = [versions.secretAt(row.path), readsIn(receipts, row.path)]
    if (secret === undefined || reads === undefined) return ignored(row, now)
    const hasHook = hooks(entry.integration.id, secret) !== undefined
    return begun(row, { id: deps.newId(), secret, reads, hasHook, now, keep })
  })
  const told = moved.filter(({ state }) => state !== 'ignored')
  const owners = await Promise.all(told.map((row) => ownersOf(deps, entry, row)))
  await deps.store.moveRotations({
    rows: moved,
    audit: told.map((row) => event(loaded, row, now)),
    cards: cardsAbout(deps, loaded, versions, told, owners),
    isShown: told.length > 0,
  })
}

const event = (
  { request }: Loaded,
  { grant, secret = '', reads, hook }: Rotation,
  at: AuditEvent['at'],
): AuditEvent => ({
  ...{ at, kind: 'secret-read', actor: system, ...aboutGrant(request, grant) },
  detail: { secret, count: reads?.count ?? 0, last: reads?.last ?? 0, hook: hook !== undefined },
})

/** The secret's own owner by today's routing; without one, or without an answer, the integration's owners. */
const ownersOf = async (
  deps: Deps,
  { integration, connector }: Entry,
  { secret = '' }: Rotation,
): Promise<readonly Party[]> => {
  const key = integration.resourceOwner?.key
  const tag = async () => {
    if (key === undefined || deps.troubleAt(integration.id)) return undefined
    const item = { resource: resourceId(secret), type: 'secret', path: secret, permission: 'read' }
    return connector.ownerTag(item, key)
  }
  try {
    const ownerTag = await tag()
    const own = ownerBeneath(integration, { path: secret, ...(ownerTag !== undefined && { ownerTag }) })
    const isSomebody = own && peopleIn(deps, [own.owner]).length > 0
    return isSomebody ? [own.owner] : integration.owners
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    return integration.owners
  }
}

/** One message for each person, about all that they own of it. */
const cardsAbout = (
  deps: Deps,
  { request }: Loaded,
  versions: Versions,
  told: readonly Rotation[],
  owners: readonly (readonly Party[])[],
): readonly NewCard[] => {
  const byPerson = new Map<PersonId, Rotation[]>()
  for (const [index, row] of told.entries()) {
    for (const person of peopleIn(deps, owners[index] ?? [], [request.requester])) {
      byPerson.set(person, [...(byPerson.get(person) ?? []), row])
    }
  }
  return [...byPerson].flatMap(([person, rows]) => {
    const secrets = rows
      .slice(0, mostNamed)
      .flatMap(({ secret, reads }) =>
        secret === undefined || reads === undefined
          ? []
          : [{ path: secret, reads, command: versions.rewriteWith(secret) }],
      )
    const notice = { about: 'secrets-read', secrets, count: rows.length } as const
    return cardsTo(deps, person, { request: request.id, audience: 'notice', notice })
  })
}

const mostNamed = 10
