import type { Authenticate } from '../../app/caller.ts'
import type { signOut } from '../../app/end-session.ts'
import type { enterByIssuer } from '../../app/enter-by-issuer.ts'
import type { keyBehind } from '../../app/key-behind.ts'
import type { recordRefusal } from '../../app/record-refusal.ts'
import type { refreshSession } from '../../app/refresh-session.ts'
import type { TerminalSignIns } from '../../app/sign-in-terminal.ts'
import type { PersonId } from '../../domain/ids.ts'
import type { Session } from '../../domain/session.ts'
import type { Proofs, ProvedKey } from '../../ports.ts'

/** What the endpoints and pages of sessions are made from. */
export type SessionParts = {
  readonly authenticate: Authenticate
  readonly proofs: Proofs
  /** Whether this proof is seen for the first time. */
  readonly isFirstSight: (proof: ProvedKey) => Promise<boolean>
  readonly keyBehind: ReturnType<typeof keyBehind>
  readonly terminals: TerminalSignIns
  readonly refresh: ReturnType<typeof refreshSession>
  readonly signOut: ReturnType<typeof signOut>
  readonly sessionsOf: (person: PersonId) => Promise<readonly Session[]>
  readonly enter: ReturnType<typeof enterByIssuer>
  readonly recordRefusal: ReturnType<typeof recordRefusal>
  /** Whether people may type a terminal's code on our page. */
  readonly hasDeviceCode: boolean
}
