import type { TokenSource } from '../../connectors/vault/credentials.ts'
import { denialText, type TokenTurnedDown } from '../../connectors/vault/logins.ts'
import { type Finding, missing } from '../../findings.ts'

/** Why a method that checks a token refuses it, and what an operator can do. */
export const tokenRefusal = (row: string, source: TokenSource, as: TokenTurnedDown): Finding => {
  const at = `auth/${source.mount}`
  if (as === 'needs-mfa') return missing(row, mfaText(at), mfaRemedy(at))
  if (as === 'wrong-credentials')
    return missing(row, `${at} does not trust the issuer of the token in ${source.tokenFile}`, tokenRemedy(source))
  return missing(row, `${at} denies the login: ${denialText(source.way, as)}`, remedies(source)[as])
}

/** Where to look when nothing is known about the refusal. */
export const tokenRemedy = ({ way, mount, role }: TokenSource): string =>
  way === 'kubernetes'
    ? `compare auth/${mount}/config and auth/${mount}/role/${role} with the pod`
    : `compare auth/${mount}/config and auth/${mount}/role/${role} with the token’s iss, sub and aud`

const remedies = (source: TokenSource) => {
  const role = `auth/${source.mount}/role/${source.role}`
  return {
    'outside-networks': `name the networks of Latchkey in token_bound_cidrs of ${role}`,
    'wrong-audience': `write the audience of the role ${role} under credentials, and where the token is made`,
    'token-ended': 'compare the clocks of this machine, the issuer and the vault',
    'not-bound': `bind ${role} to the service account or the claims of Latchkey’s token`,
    'no-such-role': `correct role under credentials, or make ${role}`,
    denied:
      source.way === 'kubernetes'
        ? `look whether the service account exists, the cluster’s API answers the vault, and the vault may create TokenReviews`
        : `correct mount under credentials, or the networks of ${role}`,
  }
}

export const mfaText = (mount: string): string =>
  `${mount} demands a second factor (login MFA), which Latchkey does not have`
export const mfaRemedy = (mount: string): string =>
  `exempt ${mount}/ from the login enforcement (identity/mfa/login-enforcement)`
