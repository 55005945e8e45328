import type { Usage } from '../domain/credential.ts'
import { visit } from '../domain/fetch-link.ts'
import type { Secret } from '../domain/secret.ts'
import { ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'
import { findLink, linkEvent, liveOf, type Shown } from './find-link.ts'
import { linkMisused } from './link-misused.ts'
import { orderOf, usageOf } from './orders.ts'

export type Revealed =
  | { readonly kind: 'token'; readonly token: Secret; readonly what: Shown; readonly usage: Usage }
  | { readonly kind: 'spent' }
  | { readonly kind: 'unusable' }

/** Unwraps the credential for the browser that redeemed the link and chose to see the token. */
export const revealCredential =
  (deps: Deps) =>
  async (nonce: string, browser: string, wrappingToken: Secret): Promise<Revealed> => {
    const found = await findLink(deps, nonce)
    const live = found && liveOf(deps, found)
    if (!live || live.link.misusedAt !== undefined || live.connector.reveals === false) return { kind: 'unusable' }
    const { link, grant, connector, what } = live
    if (visit(link, deps.hash(browser), deps.clock.now()) !== 'same-browser') return { kind: 'unusable' }
    const accounts = await deps.store.accounts(connector.integration)
    const account = accounts.find(({ person }) => person === grant.person)?.name ?? ''
    try {
      const token = await connector.reveal({ ...orderOf(grant, account), until: grant.expiresAt }, wrappingToken)
      await deps.store.audit([linkEvent(live, deps.clock.now(), 'credential-revealed')])
      return { kind: 'token', token, what, usage: usageOf(connector, grant) }
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      if (error.code === 'wrong-creation-path') await linkMisused(deps)(link, 'wrong-creation-path')
      return { kind: 'spent' }
    }
  }
