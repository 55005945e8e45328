import type { GrantId, IntegrationId } from './ids.ts'
import { type Seconds, type Timestamp, timestamp } from './time.ts'

/** How often, and when, somebody read a secret with one access. */
export type Reads = { readonly count: number; readonly first: Timestamp; readonly last: Timestamp }

/**
 * One secret that was read with one access. `waiting`: the access goes on. `ignored`: the path is no secret that can be
 * written anew. `unchanged`: nobody has written a newer version since the last read. `gone`: the secret was removed.
 * `given-up`: nobody looks any more.
 */
export type RotationState = 'waiting' | 'ignored' | 'unchanged' | 'changed' | 'gone' | 'given-up'

/** What is known of such a secret, and what is due. */
export type Rotation = {
  readonly grant: GrantId
  readonly integration: IntegrationId
  /** As the vault's audit log writes it. */
  readonly path: string
  readonly state: RotationState
  /** Counts its writes, so that of two processes one acts. */
  readonly turn: number
  /** Drawn once; the receiver of the hook knows a repeated call by it. */
  readonly id?: string | undefined
  /** The path of the secret, mount first. */
  readonly secret?: string | undefined
  readonly reads?: Reads | undefined
  /** The newest version at the last look; absent before the first one. */
  readonly version?: number | undefined
  readonly changedAt?: Timestamp | undefined
  /** Absent where no hook is configured for the secret. */
  readonly hook?: 'due' | 'done' | 'failed' | undefined
  readonly hookAt?: Timestamp | undefined
  readonly tries: number
  readonly lookAt?: Timestamp | undefined
  readonly looks: number
  readonly until?: Timestamp | undefined
}

/** The newest version of a secret at the vault; `gone` when there is no such secret. */
export type Newest = { readonly version: number; readonly at: Timestamp } | 'gone'

/** How often a receiver is asked: by the pauses between, for about three days after its first try. */
const mostTries = 80
const firstTry = 10_000
const rarestTry = 3_600_000
const firstLook = 10_000
const rarestLook = 6 * 3_600_000

/** The reads of one path; `undefined` where there is nothing to tell. */
export const readsIn = (
  receipts: readonly {
    readonly path: string
    readonly operation: string
    readonly outcome: string
    readonly count: number
    readonly first: Timestamp
    readonly last: Timestamp
  }[],
  path: string,
): Reads | undefined => {
  const own = receipts.find((one) => one.path === path && one.operation === 'read' && one.outcome === 'allowed')
  return own && { count: own.count, first: own.first, last: own.last }
}

type Beginning = {
  readonly id: string
  readonly secret: string
  readonly reads: Reads
  readonly hasHook: boolean
  readonly now: Timestamp
  readonly keep: Seconds
}

/** The access has ended: its owner is told, the hook is due, and looks begin. */
export const begun = (rotation: Rotation, { id, secret, reads, hasHook, now, keep }: Beginning): Rotation => ({
  ...moved(rotation),
  ...{ state: 'unchanged', id, secret, reads, lookAt: now, until: timestamp(now + keep * 1000) },
  ...(hasHook && { hook: 'due' as const, hookAt: now }),
})

/** The path is none of a secret, so nobody is told. */
export const ignored = (rotation: Rotation, now: Timestamp): Rotation => ({
  ...moved(rotation),
  ...{ state: 'ignored', until: now },
})

/** Before a call: its repetition is due later, so that a kill or a lost answer repeats it with the same id. */
export const calling = (rotation: Rotation, now: Timestamp): Rotation => ({
  ...moved(rotation),
  tries: rotation.tries + 1,
  hookAt: later(now, firstTry, rotation.tries, rarestTry),
})

/** After a call. A receiver that never takes it is given up. */
export const called = (rotation: Rotation, isTaken: boolean): Rotation => {
  const after = moved(rotation)
  if (isTaken) return { ...after, hook: 'done', hookAt: undefined }
  return rotation.tries >= mostTries ? { ...after, hook: 'failed', hookAt: undefined } : after
}

/** Before a look: the next one is due later, whatever becomes of this one. */
export const looking = (rotation: Rotation, now: Timestamp): Rotation => ({
  ...moved(rotation),
  looks: rotation.looks + 1,
  lookAt: later(now, firstLook, rotation.looks, rarestLook),
})

/** After a look. Only a version from after the last read is a new value. */
export const looked = (rotation: Rotation, newest: Newest, now: Timestamp): Rotation => {
  const over = { ...moved(rotation), lookAt: undefined }
  if (newest === 'gone') return { ...over, state: 'gone', changedAt: now }
  const { version, at } = newest
  if (rotation.reads && at > rotation.reads.last) return { ...over, state: 'changed', version, changedAt: at }
  if (rotation.until !== undefined && now >= rotation.until) return { ...over, state: 'given-up', version }
  return { ...moved(rotation), version }
}

const moved = (rotation: Rotation): Rotation => ({ ...rotation, turn: rotation.turn + 1 })

const later = (now: Timestamp, first: number, before: number, rarest: number): Timestamp =>
  timestamp(now + Math.min(rarest, first * 2 ** Math.min(before, 20)))
