import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isAppRole } from '../../connectors/vault/credentials.ts'
import { isFailure } from '../../connectors/vault/failure.ts'
import { credentialSource, type VaultParams } from '../../connectors/vault/params.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Secret } from '../../domain/secret.ts'
import { type Finding, missing, ok, unknown } from '../../findings.ts'
import { credentialFiles } from '../vault/credentials.ts'
import { renewCommand, setupCommand, unwrapCommand } from '../vault/setup-command.ts'
import type { Way } from '../vault/way-to.ts'
import { mfaRemedy, mfaText, tokenRefusal, tokenRemedy } from './token-refusal.ts'

/**
 * Logs in as Latchkey. Does not try a wrapped secret_id: a try would use it up. `absent` is the complaint about a folder
 * of credentials that is not there.
 */
export const logIn = async (
  what: string,
  { params, absent }: { readonly params: VaultParams; readonly absent?: string | undefined },
  way: Way,
): Promise<{ readonly token: Secret } | Finding> => {
  const row = `${what}: login`
  if (way.source.from === 'wrapped') return unknown(row, 'not tried: that would use up the wrapped secret_id')
  if (absent !== undefined)
    return missing(row, absent, `correct it, or make the credentials there:\n${makeCommand(params)}`)
  const role = way.login.at
  try {
    const login = await (await way.login.prepare()).send()
    if (typeof login !== 'string') return { token: login.token }
    if (way.source.from === 'token') return tokenRefusal(row, way.source, login)
    if (login === 'wrong-credentials')
      return missing(
        row,
        `${role} refuses role_id and secret_id, and does not say which: the secret_id has ended, or the role is another`,
        unwrapping(params) ?? renewCommand(params),
      )
    if (login === 'needs-mfa') return missing(row, mfaText(role), mfaRemedy(role))
    if (login === 'outside-networks')
      return missing(
        row,
        `${role} refuses logins from this machine: it is outside the networks of the role (--cidr)`,
        `if Latchkey runs elsewhere, run doctor there; else name its networks:\n${setupCommand(params, '--cidr', 'NETWORK')}`,
      )
    return missing(
      row,
      `${role} denies the login (403)`,
      'locked for 15 minutes after five wrong tries, or not from this address (--cidr)',
    )
  } catch (error) {
    if (way.source.from === 'token') return missing(row, messageOf(error), tokenRemedy(way.source))
    if (isFailure(error, 'secret-unreadable'))
      return missing(row, messageOf(error), 'run doctor in the pod of Latchkey, whose service account reads the secret')
    const isIncomplete = isFailure(error, 'bad-credentials')
    const wrapped = isIncomplete ? unwrapping(params) : undefined
    if (wrapped !== undefined) return missing(row, 'the secret_id is still wrapped', wrapped)
    return missing(row, messageOf(error), isIncomplete ? makeCommand(params) : renewCommand(params))
  }
}

/** The command that opens a wrapped secret_id, where one lies in the folder. */
const unwrapping = (params: VaultParams): string | undefined => {
  const source = credentialSource(params)
  const isWrapped = source.from === 'folder' && existsSync(join(source.path, credentialFiles.wrapped))
  return isWrapped ? unwrapCommand(params, source.path) : undefined
}

/** Makes what is not there; existing credentials stay. */
const makeCommand = (params: VaultParams): string => {
  const source = credentialSource(params)
  return source.from === 'folder'
    ? setupCommand(params, '--unwrapped', '--credentials-dir', source.path)
    : renewCommand(params)
}

/** Checks that the secret_id can be renewed as `rotateEvery` demands. */
export const renewalFindings = async (what: string, params: VaultParams, way: Way): Promise<readonly Finding[]> => {
  if (params.rotateEvery === undefined || !isAppRole(way.source)) return []
  const row = `${what}: rotateEvery`
  const { place } = way.rotation()
  const remedy =
    way.source.from === 'secret'
      ? 'let the service account of the pod patch this one secret'
      : 'renew a mounted secret at its source, without rotateEvery'
  return place.check().then(
    () => [ok(row, `${place.name} can be replaced`)],
    (error: unknown) => [
      missing(row, way.source.from === 'secret' ? messageOf(error) : `${place.name} cannot be replaced`, remedy),
    ],
  )
}
