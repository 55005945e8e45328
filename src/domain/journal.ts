import { namesIn } from './connector.ts'
import type { Grant } from './grant.ts'
import type { GrantId, IntegrationId } from './ids.ts'
import { after, type Timestamp } from './time.ts'

/** A policy name drawn for a grant. It opens nothing, and nobody can log in with it. */
export type DrawnName = {
  readonly name: string
  readonly grant: GrantId
  readonly integration: IntegrationId
  /** Until when a token under it may work. */
  readonly until: Timestamp
}

/** The drawn names, kept outside the database. They complete a restored older copy. */
export type Journal = {
  /** Resolves once the disk has the names. Rejects when it cannot take them; then none may be used. */
  note(names: readonly DrawnName[]): Promise<void>
  has(name: string): boolean
  /** Names in the journal at its opening whose time was not over. */
  readonly former: readonly DrawnName[]
  /** All names whose time is not over now. */
  present(): readonly DrawnName[]
  close(): Promise<void>
}

/**
 * Whether the database, with this grant, does not know the name: the copy is older, or the name was replaced. The names
 * of an ended grant were proved gone.
 */
export const isUnknown = ({ name }: DrawnName, grant: Grant | undefined): boolean =>
  grant === undefined || (grant.state !== 'ended' && !namesIn(grant.handle).includes(name))

/** The names of a grant for the journal. A grant that is being set up may live for its whole length from now. */
export const drawnFor = (
  grant: Grant,
  now: Timestamp,
  names: readonly string[] = namesIn(grant.handle),
): readonly DrawnName[] => {
  const given = 'expiresAt' in grant ? grant.expiresAt : undefined
  const { id, integration } = grant
  const until = given ?? after(now, grant.duration)
  return names.map((name) => ({ name, grant: id, integration, until }))
}
