import type { PersonId } from '../domain/ids.ts'
import { sessionId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { openTerminal, type SessionRights, type TerminalSession } from '../domain/session.ts'
import type { TerminalSignIn } from '../domain/terminal-sign-in.ts'
import { awaitTyping, drawCode, exchange, isOpen, permitInBrowser, readCode } from '../domain/terminal-sign-in.ts'
import { type Seconds, seconds, secondsUntil, type Timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'
import { endSession } from './end-session.ts'
import { makeRoom, openedEvent } from './open-session.ts'
import { newRate } from './rates.ts'
import { recordRefusal } from './record-refusal.ts'

/** How many terminals may wait for a person at a time, of all people together. */
const mostWaiting = 10_000
/** How many codes one person may type in ten minutes, right or wrong: nobody guesses one of 25 thousand million. */
const codes = { most: 5, per: seconds(600) }

/** A terminal as it introduces itself, and the key that will sign its calls. */
export type Machine = { readonly key: string; readonly label: string; readonly address: string }
export type Started = { readonly secret: string; readonly code: string; readonly lasts: Seconds }
/** The terminal behind a typed code, for the question whether it may in. */
export type Waiting = { readonly label: string; readonly address: string; readonly rights: SessionRights }
export type Tokens = { readonly access: string; readonly refresh: string; readonly session: TerminalSession }
/** `waiting`: nobody has permitted it yet. */
export type Exchanged = { readonly is: 'signed-in'; readonly tokens: Tokens } | { readonly is: 'waiting' }

/** What lets a person in: an account in chat may less than a sign-in at the issuer. */
export type Proof = { readonly by: 'chat' } | { readonly by: 'issuer'; readonly signedInAt: Timestamp }

export type TerminalSignIns = ReturnType<typeof terminalSignIns>

/** The ways in which a terminal signs its person in. Nobody is told anything before they act themselves. */
export const terminalSignIns = (deps: Deps) => {
  const { store, clock, hash, newNonce, settings } = deps
  const looksTooOften = newRate(clock, codes.most, codes.per)
  const permitsTooOften = newRate(clock, codes.most, codes.per)
  const takesCodes = !settings.hasIssuer || settings.hasDeviceCode === true
  const rightsBy = (proof: Proof): SessionRights => (proof.by === 'issuer' ? 'all' : 'own')

  const found = async (typed: string): Promise<TerminalSignIn | undefined> => {
    const code = readCode(typed)
    const waiting = code === undefined ? undefined : await store.terminalSignIn({ typed: hash(code) })
    return waiting && isOpen(waiting, clock.now()) ? waiting : undefined
  }

  return {
    /** Whether a terminal may begin with a code that its person types. */
    takesCodes,

    /** Begins a sign-in whose code a person types. */
    start: async ({ key, label, address }: Machine): Promise<Outcome<Started>> => {
      if (!takesCodes) return refuse({ code: 'sign-in-by-browser' })
      const [secret, code] = [newNonce(), drawCode(deps.random)]
      const begun = awaitTyping({ hash: hash(secret), typed: hash(code), key, label, address }, clock.now())
      if (!(await store.beginTerminalSignIn(begun, mostWaiting))) return refuse({ code: 'too-many-codes' })
      return accept({ secret, code, lasts: secondsUntil(begun.openedAt, begun.expiresAt) })
    },

    /** The terminal that shows this code. The caller audits a refusal. */
    look: async (typed: string, by: PersonId, proof: Proof): Promise<Outcome<Waiting>> => {
      // An account in chat is worth less than a sign-in at the issuer. Where there is an issuer, it alone counts.
      if (proof.by === 'chat' && settings.hasIssuer) return refuse({ code: 'sign-in-by-browser' })
      if (looksTooOften(by)) return refuse({ code: 'too-many-codes' })
      const waiting = await found(typed)
      if (!waiting) return refuse({ code: 'code-unknown' })
      return accept({ label: waiting.label, address: waiting.address, rights: rightsBy(proof) })
    },

    /** Lets the terminal in that shows this code; the person has seen which one it is. */
    permit: async (typed: string, by: PersonId, proof: Proof): Promise<Outcome<void>> => {
      if (proof.by === 'chat' && settings.hasIssuer) return refuse({ code: 'sign-in-by-browser' })
      // Whoever skips the look guesses no faster.
      if (permitsTooOften(by)) return refuse({ code: 'too-many-codes' })
      const waiting = await found(typed)
      const permit = { person: by, rights: rightsBy(proof), at: clock.now(), ...whenProved(proof) }
      const isMine = waiting !== undefined && (await store.permitTerminal(waiting.hash, permit))
      return isMine ? accept(undefined) : refuse({ code: 'code-unknown' })
    },

    /** Lets a terminal in for a person who has just signed in at the browser; returns the code for the way back. */
    permitInBrowser: async (
      { key, label, address, challenge }: Machine & { readonly challenge: string },
      by: PersonId,
      signedInAt: Timestamp,
    ): Promise<string> => {
      const code = newNonce()
      const permit = { person: by, rights: 'all', at: clock.now(), signedInAt } as const
      await store.beginTerminalSignIn(permitInBrowser({ hash: hash(code), key, label, address, challenge }, permit), 0)
      return code
    },

    /** Exchanges a code, or the terminal's secret, for tokens. `challenge` is what the verifier of PKCE proves. */
    exchange: async (
      secret: string,
      given: { readonly key: string; readonly challenge?: string | undefined },
    ): Promise<Outcome<Exchanged>> => {
      const unknown = { code: 'code-unknown' } as const
      const begun = await store.terminalSignIn({ hash: hash(secret) })
      const answer = begun ? exchange(begun, given, clock.now()) : ({ is: 'too-late' } as const)
      switch (answer.is) {
        case 'waiting':
          return accept({ is: 'waiting' })
        case 'permitted':
          return begun && deps.directory.find(answer.permit.person)
            ? signedIn(deps, begun, answer.permit)
            : refuse(unknown)
        case 'again': {
          await endSession(deps)(answer.session, 'token-reused')
          return refuse(unknown)
        }
        case 'wrong-proof':
        case 'too-late': {
          const about = { kind: 'stranger', platform: 'session', tenant: 'unknown', subject: 'unknown' } as const
          await recordRefusal(deps)(about, unknown)
          return refuse(unknown)
        }
        default:
          return answer satisfies never
      }
    },
  }
}

const whenProved = (proof: Proof) => (proof.by === 'issuer' ? { signedInAt: proof.signedInAt } : {})

const signedIn = async (
  deps: Deps,
  { hash, key, label, address, typed }: TerminalSignIn,
  { person, rights, signedInAt }: NonNullable<TerminalSignIn['permit']>,
): Promise<Outcome<Exchanged>> => {
  await makeRoom(deps, person, label)
  const [access, refresh] = [deps.newNonce(), deps.newNonce()]
  const opening = { ...{ id: sessionId(deps.newId()), person, rights, label, address, key } }
  const session = openTerminal(
    { ...opening, ...(signedInAt !== undefined && { signedInAt }) },
    { access: deps.hash(access), refresh: deps.hash(refresh) },
    deps.clock.now(),
  )
  const how = typed === undefined ? 'browser' : signedInAt === undefined ? 'code-in-chat' : 'code-on-page'
  const isFirst = await deps.store.exchangeTerminalSignIn(hash, session, [openedEvent(session, how)])
  if (!isFirst) return refuse({ code: 'code-unknown' })
  return accept({ is: 'signed-in', tokens: { access, refresh, session } })
}
