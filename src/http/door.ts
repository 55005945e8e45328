import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { Identity } from '../domain/card.ts'

/** A page that opens after a sign-in. */
export type Door = {
  /** Names the page in forms and memory: a link's nonce, or a path whose id is no secret. */
  readonly page: string
  /** The page's path below `/fetch/`, where an issuer's return is too. */
  readonly path: string
  /** A page whose address is no secret: everything depends on the sign-in, and each browser has its own limits. */
  readonly isPersonal: boolean
  /** Who came back from the issuer, and whether the page is theirs. */
  confirm(identities: readonly [Identity, ...Identity[]]): Promise<Confirmed>
}
