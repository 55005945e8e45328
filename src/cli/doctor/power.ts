import type { vaultCalls } from '../../connectors/vault/calls.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { messageOf } from '../../domain/message-of.ts'
import { powerText } from '../../domain/power.ts'
import { type Finding, missing, ok, optional, unknown } from '../../findings.ts'

type Calls = Pick<ReturnType<typeof vaultCalls>, 'capabilities'>

const sample = 'latchkey-doctor'

/** Whether the bot is contained, and whether its own policy keeps that promise. */
export const powerFinding = async (what: string, params: VaultParams, calls: Calls): Promise<Finding> => {
  const row = `${what}: what a thief could do`
  if (!params.contained)
    return optional(
      row,
      `root-equivalent: ${powerText['root-equivalent']}`,
      'let it lend an administrator’s policies instead, such as:\nlatchkey vault setup --attach-only --gives kv/shop/*=read',
    )
  try {
    const may = await calls.capabilities([...places(params).keys()])
    const excess = [...places(params)].flatMap(([path, kept]) => {
      const more = (may[path] ?? []).filter((one) => one !== 'deny' && !kept.includes(one))
      return more.length > 0 ? [`${more.join(', ')} on ${path}`] : []
    })
    if (excess.length === 0) return ok(row, `contained: ${powerText.contained}`)
    return missing(
      row,
      `root-equivalent, although it is configured as contained: its own policies also give ${excess.join('; ')}`,
      'take these rights from the policies of its role at the vault',
    )
  } catch (error) {
    return unknown(row, `configured as contained, but it may not ask what else it may do: ${messageOf(error)}`)
  }
}

/** Where rights make rights, or open what is lent, each with the capabilities that the bot needs there. */
const places = (params: VaultParams): ReadonlyMap<string, readonly string[]> => {
  const { namePrefix, userpassMount, approleMount, approleRole, kvMounts, transitMounts, contained } = params
  const roles = contained?.roles.map(({ name }) => name) ?? []
  const lent = contained?.policies.map(({ name }) => name) ?? []
  const none = [
    ...[sample, `${namePrefix}${sample}`].flatMap((name) => [`sys/policies/acl/${name}`, `sys/policy/${name}`]),
    ...[`sys/auth/${sample}`, `sys/mounts/${sample}`, 'sys/remount', 'sys/raw/x', `sys/namespaces/${sample}`],
    ...['auth/token/create', 'auth/token/create-orphan', `auth/token/create/${sample}`, `auth/token/roles/${sample}`],
    ...[`auth/${userpassMount}/users/${sample}`, `auth/${userpassMount}/users/${namePrefix}${sample}`],
    ...[`auth/${approleMount}/role/${sample}`, `auth/${approleMount}/role/${approleRole}`],
    ...[`auth/${approleMount}/role/${approleRole}/policies`, `auth/${approleMount}/role/${approleRole}/token-policies`],
    ...['identity/entity', 'identity/entity-alias', 'identity/group', 'identity/group-alias'],
    ...[
      ...kvMounts.map((mount) => `${mount}/data/${sample}`),
      ...transitMounts.map((mount) => `${mount}/keys/${sample}`),
    ],
  ]
  return new Map<string, readonly string[]>([
    ...none.map((path) => [path, []] as const),
    ...lent.map((name) => [`sys/policies/acl/${name}`, ['read']] as const),
    ...roles.map((name) => [`auth/token/roles/${name}`, ['read']] as const),
    ...transitMounts.map((mount) => [`${mount}/keys/${sample}`, ['read']] as const), // the types of keys, where allowed
  ])
}
