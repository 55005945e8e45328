/** A private key of this machine, to which the session is bound. */
export type PrivateKey = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
}

/** A sign-in at Latchkey. Times are milliseconds. */
export type Session = {
  readonly id: string
  readonly rights: 'own' | 'all'
  readonly accessToken: string
  readonly accessUntil: number
  readonly refreshToken: string
  /** Names the use of the refresh token that is under way. */
  readonly attempt?: string
  readonly key: PrivateKey
}

/** One item of an access: what it is about, and what may be done with it. */
export type Item = {
  readonly type: string
  readonly path: string
  readonly permission: string
  readonly except?: readonly string[]
}

/** A vault token that was granted to this person, and what it is good for. */
export type Credential = {
  readonly grant: string
  /** Name and id of the integration; absent where a link was redeemed without a session. */
  readonly vault?: { readonly id: string; readonly name: string }
  readonly address: string
  readonly namespace?: string
  /** The KV mounts of the items, without slashes at the ends. */
  readonly mounts: readonly string[]
  readonly items: readonly Item[]
  readonly until: number
  readonly token: string
}

/** Everything that this machine keeps about a person. */
export type Content = {
  readonly server?: string
  readonly session?: Session
  readonly credentials: readonly Credential[]
}

export const empty: Content = { credentials: [] }

/** What stays when this machine turns to a server: nothing that came from another one. */
export const turnedTo = (server: string, content: Content): Content =>
  content.server === undefined || content.server === server ? { ...content, server } : { server, credentials: [] }
