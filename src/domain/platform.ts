/**
 * The key of a chat platform in registry, configuration and people file, such as `slack`: a lower-case word. An issuer
 * of sign-ins has the key `oidc`.
 */
export type Platform = Lowercase<string>

/** A key that was already checked at the border. */
export const platform = (key: string): Platform => key as Platform

/** A channel of a chat platform, by the platform's own id. */
export type Channel = { readonly platform: Platform; readonly id: string }
