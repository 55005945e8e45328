import type { vaultCalls } from '../../connectors/vault/calls.ts'
import { leftBehind, readDatabaseRole } from '../../connectors/vault/database-roles.ts'
import { isFailure } from '../../connectors/vault/failure.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { stuckIn } from '../../connectors/vault/stuck-leases.ts'
import { type Finding, missing, ok, optional } from '../../findings.ts'
import { statementsCommand } from '../vault/database-advice.ts'

type Calls = ReturnType<typeof vaultCalls>
type Mounts = Pick<VaultParams, 'databaseMounts' | 'pkiMounts' | 'namespace'>

/** What the vault has given up ending, and database roles whose end leaves something behind. */
export const leaseFindings = async (
  what: string,
  params: Mounts,
  calls: Calls,
  isOpenBao: boolean,
): Promise<readonly Finding[]> => [
  ...(await stuckFindings(what, params, calls, isOpenBao)),
  ...(await roleFindings(what, params, calls)),
]

const stuckFindings = async (what: string, params: Mounts, calls: Calls, isOpenBao: boolean) => {
  if (params.databaseMounts.length + params.pkiMounts.length === 0) return []
  const row = `${what}: leases`
  try {
    const stuck = stuckIn(params, isOpenBao ? 'openbao' : 'vault', await calls.irrevocableLeases())
    if (stuck.length === 0) return [ok(row, 'the vault has given up none')]
    return stuck.map(({ path, reason, command }) =>
      missing(`${row} of ${path}`, `the vault gave up ending one, so it may still work: ${reason}`, command),
    )
  } catch (error) {
    if (isFailure(error, 'denied')) return [] // among the optional rights
    throw error
  }
}

const roleFindings = async (what: string, { databaseMounts }: Mounts, calls: Calls): Promise<readonly Finding[]> => {
  const found: Finding[] = []
  try {
    for (const mount of databaseMounts) {
      for (const name of await calls.listRoles(mount)) {
        const role = await readDatabaseRole(calls, mount, name)
        const left = leftBehind(role)
        if (left.length === 0) continue
        const text = `at the end, ${left.join('; ')} (for PostgreSQL, this is the cure)`
        found.push(optional(`${what}: ${mount}/${name}`, text, statementsCommand(`${mount}/${name}`)))
      }
    }
  } catch (error) {
    if (!isFailure(error, 'denied', 'no-such-mount')) throw error // reported elsewhere
  }
  return found
}
