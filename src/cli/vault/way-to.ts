import { botLogin } from '../../connectors/vault/bot-login.ts'
import { vaultClient } from '../../connectors/vault/client.ts'
import { credentialReader, isAppRole } from '../../connectors/vault/credentials.ts'
import type { PodPlace } from '../../connectors/vault/kubernetes-api.ts'
import { vaultLogins } from '../../connectors/vault/logins.ts'
import { credentialSource, type VaultParams } from '../../connectors/vault/params.ts'
import { placeOfSecretId } from '../../connectors/vault/place-of.ts'
import type { Rotation } from '../../connectors/vault/rotation.ts'
import { transport, wireOf } from '../../connectors/vault/transport.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'

/** A connection to a configured vault, without a token, and the login of the bot there. */
export type Way = ReturnType<typeof wayTo>

/** Connects to a configured vault without a token, and finds how the bot logs in. */
export const wayTo = (
  params: VaultParams,
  environment: Io['environment'],
  pod: Partial<Omit<PodPlace, 'env'>> = {},
) => {
  const wire = transport({ limit: params.timeoutSeconds * 1000, ...wireOf(params) })
  const { internalUrl: address, namespace, approleMount: mount, approleRole: role } = params
  const tokenless = vaultClient({ address, transport: wire, ...(namespace !== undefined && { namespace }) })
  const logins = vaultLogins(tokenless)
  const source = credentialSource(params)
  const surroundings = { now: Date.now, ...pod, env: { ...environment }, logins, appRoleMount: mount }
  const login = botLogin(source, surroundings)
  const rotation = (): Rotation => {
    if (!isAppRole(source))
      throw new CliError(`Latchkey logs in with the ${login.proof}: there is no secret_id to renew`)
    const credentials = credentialReader(source, surroundings)
    return { tokenless, logins, appRole: { mount, role }, place: placeOfSecretId(source, surroundings), credentials }
  }
  return { tokenless, logins, source, login, rotation, close: wire.close }
}
