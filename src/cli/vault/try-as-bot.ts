import { z } from 'zod'
import { vaultCalls } from '../../connectors/vault/calls.ts'
import { vaultLogins } from '../../connectors/vault/logins.ts'
import { checkRights } from '../../connectors/vault/rights.ts'
import { secret } from '../../domain/secret.ts'
import { ExternalError } from '../../ports.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import type { SetupSettings } from './settings.ts'

const roleIdAnswer = z.object({ role_id: z.string() })
const secretIdAnswer = z.object({ secret_id: z.string() })

/** Logs in as Latchkey will, with a secret_id that lives for a moment, and looks at its rights. Throws what it lacks. */
export const tryAsBot = async (admin: Admin, settings: SetupSettings): Promise<readonly string[]> => {
  const role = ['auth', settings.appRole.mount, 'role', settings.appRole.role]
  const { role_id } = roleIdAnswer.parse(await admin.read(...role, 'role-id'))
  const passing = { ttl: '60s', num_uses: 1 } // should this be killed, nobody knows it
  const { secret_id } = secretIdAnswer.parse(await admin.write([...role, 'secret-id'], passing))
  const logins = vaultLogins(admin.bare)
  try {
    const login = await logins.appRole(settings.appRole.mount, role_id, secret(secret_id))
    if (login === 'denied' && settings.cidrs.length > 0)
      return ['The login as Latchkey could not be tried: this machine is in none of the networks of --cidr.']
    if (typeof login === 'string') throw new CliError('logging in as Latchkey fails although all was set up')
    const calls = vaultCalls((call) => admin.bare({ ...call, token: login.token }))
    try {
      const { performance_standby } = await calls.health()
      await checkRights(calls, settings, performance_standby === undefined)
      return ['Logged in as Latchkey: it has every right that it needs.']
    } finally {
      await logins.revoke(login.token)
    }
  } catch (error) {
    if (error instanceof ExternalError) throw new CliError(error.message)
    throw error
  } finally {
    await admin.write([...role, 'secret-id/destroy'], { secret_id })
  }
}
