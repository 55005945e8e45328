import { messageOf } from '../domain/message-of.ts'
import type { SignIn } from '../ports.ts'

type Log = Readonly<Record<'info' | 'error', (fields: object, message: string) => void>>

/** Logs once when the check of an issuer begins to fail, changes its reason, or succeeds again. */
export const reportingTrouble = (signIn: SignIn, issuer: string, log: Log): SignIn => {
  let said: string | undefined
  const check = async (): Promise<void> => {
    try {
      await signIn.check()
    } catch (error) {
      const problem = messageOf(error)
      if (problem !== said) log.error({ issuer, key: 'signIn.issuer', problem }, 'nobody can sign in at the issuer')
      said = problem
      throw error
    }
    if (said !== undefined) log.info({ issuer }, 'the issuer can be used again')
    said = undefined
  }
  return { ...signIn, check }
}
