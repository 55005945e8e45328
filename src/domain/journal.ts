import { namesIn } from './connector.ts'
import type { Grant } from './grant.ts'
import type { GrantId, IntegrationId } from './ids.ts'
import { after, type Timestamp } from './time.ts'

/** A policy name that was drawn for a grant. It opens nothing, and nobody can log in with it. */
export type DrawnName = {
  readonly name: string
  readonly grant: GrantId
  readonly integration: IntegrationId
  /** Until when a token under it may work. */
  readonly until: Timestamp
}

/** The names that were drawn, kept outside of the database: an older copy of that is completed from here. */
export type Journal = {
  /** Resolves once the disk has them; rejects when it cannot take them, and then none may be used. */
  note(names: readonly DrawnName[]): Promise<void>
  has(name: string): boolean
  /** What stood there when it was opened and whose time was not up. */
  readonly former: readonly DrawnName[]
  close(): Promise<void>
}

/**
 * Whether a database that has this of the name's grant does not know the name: the copy is older than the name, or the
 * name was replaced since. What an ended grant had was proved to be gone.
 */
export const isUnknown = ({ name }: DrawnName, grant: Grant | undefined): boolean =>
  grant === undefined || (grant.state !== 'ended' && !namesIn(grant.handle).includes(name))

/** Names of a grant as the journal notes them; a grant that is being set up may live for its whole length from now. */
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
