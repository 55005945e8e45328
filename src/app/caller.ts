import type { SessionId } from '../domain/ids.ts'
import type { Run } from '../domain/pipeline.ts'
import type { Outcome } from '../domain/refusal.ts'
import type { SessionRights } from '../domain/session.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Person } from '../ports.ts'

/** The person behind a call by HTTP, and how much the proof of that permits. */
export type Caller = {
  readonly person: Person
  readonly by: 'access-token' | 'terminal' | 'browser' | 'pipeline'
  readonly rights: SessionRights
  /** Absent with an issuer's access token, which is no session of ours. */
  readonly session?: SessionId
  /** The run of a pipeline, which proves itself anew with each call. */
  readonly run?: Run
  /** When the person last proved who they are at the issuer. */
  readonly signedInAt?: Timestamp
}

/** What a call by HTTP presents to prove its caller. */
export type Presented = {
  readonly method: string
  /** The address of the call as the caller knows it: our public address, with the path. */
  readonly url: string
  readonly authorization?: string | undefined
  readonly dpop?: string | undefined
  /** The value of the browser session's cookie. */
  readonly cookie?: string | undefined
}

/** Identifies the caller; refusals are `not-signed-in`, and each is audited. */
export type Authenticate = (presented: Presented) => Promise<Outcome<Caller>>
