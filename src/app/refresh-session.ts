import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { refresh } from '../domain/session.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { endSession } from './end-session.ts'
import { refusedSession } from './refused-session.ts'
import type { Tokens } from './sign-in-terminal.ts'

/**
 * Exchanges a refresh token for new tokens. One that was used before ends its session, whoever shows it; the present
 * one counts only with the session's key. `attempt` names one use, so that the same use can be repeated after a lost
 * answer.
 */
export const refreshSession =
  (deps: Deps) =>
  (token: string, given: { readonly key: string; readonly attempt?: string | undefined }): Promise<Outcome<Tokens>> =>
    untilCommitted(async () => {
      const { store, hash, clock } = deps
      const shown = hash(token)
      const session = await store.session({ refresh: shown })
      if (session?.kind !== 'terminal') return refuse({ code: 'not-signed-in', why: 'unknown' })
      const isForeign = given.key !== session.key
      if (isForeign && shown === session.refresh) {
        return refusedSession(deps, session, { code: 'not-signed-in', why: 'proof' })
      }
      const [access, next] = [deps.newNonce(), deps.newNonce()]
      const use = { token: shown, ...(given.attempt !== undefined && !isForeign && { attempt: hash(given.attempt) }) }
      const answer = refresh(session, use, { access: hash(access), refresh: hash(next) }, clock.now())
      if (answer.is === 'over') return refusedSession(deps, session, { code: 'session-over', why: answer.why })
      if (answer.is === 'reused') {
        await endSession(deps)(session.id, 'token-reused')
        return refusedSession(deps, session, { code: 'session-over', why: 'token-reused' })
      }
      if (!deps.directory.find(session.person)) {
        await endSession(deps)(session.id, 'person-removed')
        return refusedSession(deps, session, { code: 'session-over', why: 'person-removed' })
      }
      const saved = await store.saveSession(answer.session)
      return saved === 'saved' ? accept({ access, refresh: next, session: answer.session }) : saved
    })
