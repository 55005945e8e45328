import type { Io } from '../io.ts'

/** A login of a database outlives the policy: it ends with its token. */
export const tokensLeft =
  'its TOKENS LIVE ON without rights, and with them each login of a database that they made (revoking them needs sudo)'

/** Says what to do about tokens that could not be revoked. */
export const sayTokensLeft = (done: readonly { readonly state: string }[], io: Pick<Io, 'note'>): void => {
  if (!done.some(({ state }) => state.includes(tokensLeft))) return
  io.note(
    'Some tokens live on. They can do nothing more, but a login of a database that they made works until they end. ' +
      'Run it again with sudo on sys/leases/revoke-prefix, or revoke the leases of the database mounts.',
  )
}
