import type { BrowserSession, Session, TerminalSession } from '../../domain/session.ts'
import type { Permit, TerminalSignIn } from '../../domain/terminal-sign-in.ts'
import { present, type Stored } from './row.ts'

type Flat = Omit<BrowserSession, 'kind' | 'ended'> & Pick<Session, 'kind'>
type Rotation = NonNullable<TerminalSession['rotation']>
type Ended = NonNullable<Session['ended']>

/** A session as its table stores it. */
export type SessionRow = Stored<Flat> & {
  readonly key: string | null
  readonly refresh: string | null
  readonly rotatedFrom: string | null
  readonly rotatedAt: Rotation['at'] | null
  readonly rotatedAttempt: string | null
  readonly rotatedSeen: boolean | null
  readonly endedAt: Ended['at'] | null
  readonly endedWhy: Ended['why'] | null
}

/** The session in a row. */
export const toSession = (row: SessionRow): Session => {
  const { id, person, rights, label, address, access, accessUntil, openedAt, usedAt, expiresAt, revision } = row
  const common = {
    ...{ id, person, rights, label, address, access, accessUntil, openedAt, usedAt, expiresAt, revision },
    ...(row.signedInAt !== null && { signedInAt: row.signedInAt }),
    ...(row.endedAt !== null && { ended: { at: row.endedAt, why: present(row.endedWhy) } }),
  }
  if (row.kind === 'browser') return { ...common, kind: 'browser' }
  const rotation = rotationIn(row)
  return {
    ...{ ...common, kind: 'terminal', key: present(row.key), refresh: present(row.refresh) },
    ...(rotation && { rotation }),
  }
}

const rotationIn = ({ rotatedFrom, rotatedAt, rotatedAttempt, rotatedSeen }: SessionRow): Rotation | undefined =>
  rotatedFrom === null
    ? undefined
    : {
        ...{ from: rotatedFrom, at: present(rotatedAt), isSeen: present(rotatedSeen) },
        ...(rotatedAttempt !== null && { attempt: rotatedAttempt }),
      }

/** The columns of a session. */
export const sessionColumns = (session: Session): SessionRow => {
  const { ended, signedInAt = null, ...common } = session
  const terminal = session.kind === 'terminal' ? session : undefined
  const { id, kind, person, rights, label, address, access, accessUntil, openedAt, usedAt, expiresAt, revision } =
    common
  return {
    ...{ id, kind, person, rights, label, address, access, accessUntil, openedAt, usedAt, expiresAt, revision },
    signedInAt,
    key: terminal?.key ?? null,
    refresh: terminal?.refresh ?? null,
    rotatedFrom: terminal?.rotation?.from ?? null,
    rotatedAt: terminal?.rotation?.at ?? null,
    rotatedAttempt: terminal?.rotation?.attempt ?? null,
    rotatedSeen: terminal?.rotation?.isSeen ?? null,
    endedAt: ended?.at ?? null,
    endedWhy: ended?.why ?? null,
  }
}

/** A sign-in under way as its table stores it. */
export type SignInRow = Stored<Omit<TerminalSignIn, 'permit'>> & {
  readonly person: Permit['person'] | null
  readonly rights: Permit['rights'] | null
  readonly permittedAt: Permit['at'] | null
  readonly signedInAt: Permit['at'] | null
}

/** The sign-in in a row. */
export const toSignIn = (row: SignInRow): TerminalSignIn => {
  const { hash, typed, challenge, key, label, address, openedAt, expiresAt, person, signedInAt, session } = row
  return {
    ...{ hash, key, label, address, openedAt, expiresAt },
    ...(typed !== null && { typed }),
    ...(challenge !== null && { challenge }),
    ...(session !== null && { session }),
    ...(person !== null && {
      permit: {
        ...{ person, rights: present(row.rights), at: present(row.permittedAt) },
        ...(signedInAt !== null && { signedInAt }),
      },
    }),
  }
}

/** The columns of a permit. */
export const permitColumns = ({ person, rights, at, signedInAt }: Permit) => ({
  ...{ person, rights, permittedAt: at, signedInAt: signedInAt ?? null },
})
