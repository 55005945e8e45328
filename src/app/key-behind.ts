import { endOf } from '../domain/session.ts'
import type { Deps } from './deps.ts'

/** What a terminal shows to get tokens: a code or secret of its sign-in, or a refresh token. */
export type Shown = { readonly signIn: string } | { readonly refresh: string }

/** The thumbprint of the key to which a secret is bound; `undefined` for one that opens nothing. It changes nothing. */
export const keyBehind =
  ({ store, hash, clock }: Pick<Deps, 'store' | 'hash' | 'clock'>) =>
  async (shown: Shown): Promise<string | undefined> => {
    if ('signIn' in shown) return (await store.terminalSignIn({ hash: hash(shown.signIn) }))?.key
    const session = await store.session({ refresh: hash(shown.refresh) })
    return session?.kind === 'terminal' && endOf(session, clock.now()) === undefined ? session.key : undefined
  }
