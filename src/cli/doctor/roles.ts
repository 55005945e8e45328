import type { vaultCalls } from '../../connectors/vault/calls.ts'
import { isOf } from '../../connectors/vault/engines.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { faultsOfPki, pkiRole } from '../../connectors/vault/pki-roles.ts'
import type { Mount } from '../../connectors/vault/schemas.ts'
import { faultsOfSsh, sshRole } from '../../connectors/vault/ssh-roles.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok, optional } from '../../findings.ts'
import { line } from '../vault/shell.ts'

type Calls = Pick<ReturnType<typeof vaultCalls>, 'listRoles' | 'readRole'>

const kinds = { database: 'database engine', ssh: 'SSH engine', pki: 'PKI engine' } as const

/** Whether the mounts are there whose roles are on offer. Latchkey makes none: an authority is an administrator's work. */
export const dynamicMountFindings = (
  what: string,
  params: Pick<VaultParams, 'databaseMounts' | 'sshMounts' | 'pkiMounts'>,
  there: Readonly<Record<string, Mount | undefined>>,
): readonly Finding[] =>
  (['database', 'ssh', 'pki'] as const).flatMap((engine) =>
    params[`${engine}Mounts`].map((mount) => {
      const about = `${what}: ${mount}/`
      if (isOf(engine)(there[`${mount}/`])) return ok(about, kinds[engine])
      const enable = `bao ${line('secrets', 'enable', `-path=${mount}`, engine)}`
      return missing(about, `there is no ${kinds[engine]}`, `correct ${engine}Mounts, or: ${enable}`)
    }),
  )

/** The roles of SSH and PKI mounts that give less, or more, than people may expect. */
export const roleFindings = async (
  what: string,
  params: Pick<VaultParams, 'sshMounts' | 'pkiMounts' | 'certificateLife'>,
  calls: Calls,
): Promise<readonly Finding[]> => {
  const { sshMounts, pkiMounts, certificateLife: life } = params
  const found = [
    ...sshMounts.map((mount) =>
      rolesAt(what, mount, calls, async (name) => {
        const role = await calls.readRole(mount, name, sshRole)
        return role ? faultsOfSsh(role, life) : []
      }),
    ),
    ...pkiMounts.map((mount) =>
      rolesAt(what, mount, calls, async (name) => {
        const role = await calls.readRole(mount, name, pkiRole)
        return role ? faultsOfPki(role, life) : []
      }),
    ),
  ]
  return (await Promise.all(found)).flat()
}

/** A fault of a role, and its remedy. */
type Fault = readonly [text: string, remedy: string]

const rolesAt = async (
  what: string,
  mount: string,
  calls: Calls,
  faultsOf: (name: string) => Promise<readonly Fault[]>,
): Promise<readonly Finding[]> => {
  try {
    const names = await calls.listRoles(mount)
    if (names.length === 0)
      return [optional(`${what}: ${mount}/roles`, 'has no role, so nobody can ask for one', 'make one')]
    const faults = await Promise.all(names.map(async (name) => ({ name, faults: await faultsOf(name) })))
    return faults.flatMap(({ name, faults: each }) =>
      each.map(([text, remedy]) => optional(`${what}: ${mount}/roles/${name}`, text, remedy)),
    )
  } catch (error) {
    return [missing(`${what}: ${mount}/roles`, messageOf(error), 'let the bot list and read the roles (vault setup)')]
  }
}
