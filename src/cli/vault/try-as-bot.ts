import { z } from 'zod'
import { type VaultCalls, vaultCalls } from '../../connectors/vault/calls.ts'
import { isFailure } from '../../connectors/vault/failure.ts'
import { type VaultLogins, vaultLogins } from '../../connectors/vault/logins.ts'
import { checkRights } from '../../connectors/vault/rights.ts'
import { tryAsPerson } from '../../connectors/vault/token-life.ts'
import { lengthText } from '../../domain/length.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import { tryToLend } from './attach-only.ts'
import { layoutOf, type SetupSettings } from './settings.ts'

const roleIdAnswer = z.object({ role_id: z.string() })
const secretIdAnswer = z.object({ secret_id: z.string() })

const mfaText = (mount: string): string =>
  `${mount} demands a second factor (login MFA), which Latchkey does not have: exempt it from identity/mfa/login-enforcement`

/** Logs a throw-away person in as Latchkey will. Returns what limits their tokens; throws why the login fails. */
const peoplesLogin = async (calls: VaultCalls, logins: VaultLogins, settings: SetupSettings) => {
  const { userpassMount, prefix } = settings
  const longest = seconds(settings.longest)
  const lives = await tryAsPerson(userpassMount, prefix, { calls, logins }, longest).catch((error: unknown) => {
    throw isFailure(error, 'login-needs-mfa') ? new CliError(mfaText(`auth/${userpassMount}`)) : error
  })
  if (lives >= longest) return [`Logged a throw-away person in at auth/${userpassMount}/, and removed it.`]
  return [
    `Tokens of auth/${userpassMount}/ live at most ${lengthText(lives)}, so longer access ends early. To change that:`,
    `  bao auth tune -max-lease-ttl=${longest}s ${userpassMount}/ (or offer shorter durations).`,
  ]
}

/** Checks the rights of a token of Latchkey, and revokes it. Returns what limits people's tokens. */
const withToken = async (token: Secret, admin: Admin, settings: SetupSettings) => {
  const calls = vaultCalls((call) => admin.tokenless({ ...call, token }))
  const logins = vaultLogins(admin.tokenless)
  try {
    const { performance_standby } = await calls.health()
    await checkRights(calls, layoutOf(settings), performance_standby === undefined)
    const { lent, prefix } = settings
    if (lent) return await tryToLend((call) => admin.tokenless({ ...call, token }), lent, prefix)
    return await peoplesLogin(calls, logins, settings)
  } finally {
    await logins.revoke(token)
  }
}

const tokenAnswer = z.object({ auth: z.object({ client_token: z.string().min(1).transform(secret) }) })

/**
 * Checks the rights that the role gives. Only the bearer of the right token can log in, so this needs a token with the
 * same policies, which only lives for a minute.
 */
export const tryAsRole = async (admin: Admin, settings: SetupSettings): Promise<readonly string[]> => {
  const untried = 'The login itself can only be tried by Latchkey: run `latchkey doctor` in its place.'
  const policies = [settings.policy, ...settings.otherPolicies]
  const made = await admin.makeToken({ policies, ttl: '60s' }).catch(() => undefined)
  const token = tokenAnswer.safeParse(made).data?.auth.client_token
  if (!token) return ['The rights could not be checked: this token may make no other.', untried]
  try {
    return [
      'A token with the rights of Latchkey has every needed right.',
      ...(await withToken(token, admin, settings)),
      untried,
    ]
  } catch (error) {
    if (error instanceof ExternalError) throw new CliError(error.message)
    throw error
  }
}

/** Logs in as Latchkey will, with a short-lived secret_id, and checks its rights. Throws what is missing. */
export const tryAsBot = async (admin: Admin, settings: SetupSettings): Promise<readonly string[]> => {
  const role = ['auth', settings.appRole.mount, 'role', settings.appRole.role]
  const { role_id } = roleIdAnswer.parse(await admin.read(...role, 'role-id'))
  const passing = { ttl: '60s', num_uses: 1 } // if this process is killed, nobody knows the secret_id
  const { secret_id } = secretIdAnswer.parse(await admin.write([...role, 'secret-id'], passing))
  const logins = vaultLogins(admin.tokenless)
  try {
    const login = await logins.appRole(settings.appRole.mount, role_id, secret(secret_id))
    if (login === 'outside-networks' || (login === 'denied' && settings.secretIdCidrs.length > 0)) {
      const networks = [...new Set([...settings.cidrs, ...settings.secretIdCidrs])].join(', ')
      return [
        `The login as Latchkey could not be tried: this machine is outside the networks of --cidr (${networks}).`,
        '  Run `latchkey doctor` on the machine of Latchkey: it tries the login and each right.',
      ]
    }
    if (login === 'needs-mfa') throw new CliError(mfaText(`auth/${settings.appRole.mount}`))
    if (typeof login === 'string') throw new CliError('the login as Latchkey fails although the set-up is complete')
    return ['Logged in as Latchkey: it has every needed right.', ...(await withToken(login.token, admin, settings))]
  } catch (error) {
    if (error instanceof ExternalError) throw new CliError(error.message)
    throw error
  } finally {
    await admin.write([...role, 'secret-id/destroy'], { secret_id })
  }
}
