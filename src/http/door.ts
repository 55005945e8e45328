import type { Context } from 'hono'
import type { Confirmed } from '../app/confirm-fetch-link.ts'
import type { Identity } from '../domain/card.ts'
import type { Person } from '../ports.ts'

/** A page that opens after a sign-in. */
export type Door = {
  /** Names the page in forms and memory: a link's nonce, or a path whose id is no secret. */
  readonly page: string
  /** The page's path below `/fetch/`, where an issuer's return is too. */
  readonly path: string
  /** A page whose address is no secret: everything depends on the sign-in, and each browser has its own limits. */
  readonly isPersonal: boolean
  /** The address that begins the sign-in anew, where it is not the page's own. */
  readonly href?: string
  /** Who came back from the issuer, and whether the page is theirs. */
  confirm(identities: readonly [Identity, ...Identity[]]): Promise<Confirmed>
  /** Lets the person in, and says where they go on. Without it the sign-in is kept for one press on the page. */
  arrive?(context: Context, person: Person): Promise<string>
}
