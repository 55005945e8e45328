import { namesLent } from '../../connectors/vault/contained/layout.ts'
import {
  type OptionalRight,
  optionalRightNames,
  type PolicyPaths,
  type PolicyShape,
  type VaultLayout,
} from '../../connectors/vault/management-policy.ts'
import { usualApproleMount } from '../../connectors/vault/workload-params.ts'
import { lengthOf } from '../../domain/length.ts'
import { usageError } from '../trouble.ts'
import { type LendOptions, type ToLend, toLend } from './lend-options.ts'
import { type LoginOptions, type LoginSettings, loginSettings, usualLoginMounts } from './login-options.ts'
import type { Present } from './present.ts'

/** The decisions of an administrator who prepares a vault for Latchkey. */
export type SetupSettings = Omit<VaultLayout, 'appRole' | 'lends'> & {
  /** What may be lent; present: Latchkey gets no right to write policies or users. */
  readonly lent?: ToLend
  /** The AppRole mount for workloads, made if that right is chosen. */
  readonly workloadsMount?: string
  readonly shape: PolicyShape
  /** The role with which Latchkey logs in, which is no AppRole where `login` says so. */
  readonly appRole: { readonly mount: string; readonly role: string }
  readonly login: LoginSettings
  readonly policy: string
  readonly extras: readonly OptionalRight[]
  /** Rules in the policy, and policies of the role, that an administrator added. */
  readonly others: PolicyPaths
  readonly otherPolicies: readonly string[]
  /** The life of the bot's token, and the longest life after renewals, in seconds. */
  readonly tokenTtl: number
  readonly tokenMaxTtl: number
  /** The longest life of a token of the people's mount, in seconds. */
  readonly longest: number
  /** The life of a secret_id and the number of its uses; 0 for no limit. */
  readonly secretIdTtl: number
  readonly secretIdUses: number
  /** Networks from which the bot's token works, and from which it may log in; empty for all. */
  readonly cidrs: readonly string[]
  readonly secretIdCidrs: readonly string[]
  /** Whether the AppRole and userpass mounts belong to Latchkey alone, so that it may tune and remove them. */
  readonly isDedicated: boolean
}

/** The command line as commander returns it. */
export type SetupOptions = LoginOptions &
  LendOptions & {
    readonly vendorCompatible?: boolean
    readonly approleMount?: string
    readonly usersMount?: string
    readonly kv?: readonly string[] | false
    readonly transit?: readonly string[] | false
    readonly database?: readonly string[]
    readonly ssh?: readonly string[]
    readonly pki?: readonly string[]
    readonly prefix?: string
    readonly policy?: string
    readonly role?: string
    readonly with?: readonly string[]
    readonly workloadsMount?: string | false
    readonly workloadLogin?: readonly string[]
    readonly tokenTtl?: string
    readonly tokenMaxTtl?: string
    readonly longest?: string
    readonly secretIdTtl?: string
    readonly secretIdUses?: string
    readonly cidr?: readonly string[]
    /** Lists replace the present ones instead of extending them. */
    readonly only?: boolean
  }

export const ours = {
  ...{ approle: 'latchkey-approle', users: 'latchkey-users', prefix: 'latchkey-', role: 'latchkey' },
  workloads: usualApproleMount,
}
export const vendors = { approle: 'approle', users: 'userpass', prefix: 'apono-', role: 'apono-plugin' }

/**
 * Checks the options. Missing ones come from the vault, else from the defaults. Lists extend the present ones, unless
 * `only` is given. Throws a sentence about the first wrong option. While the vault is `unread`, only names are certain.
 */
export const setupSettings = (options: SetupOptions, read: Present | 'unread' = {}): SetupSettings => {
  const present: Present = read === 'unread' ? {} : read
  const login = loginSettings(options, read === 'unread' ? 'unread' : present.role?.login)
  const isVendors = options.vendorCompatible === true
  const usual = isVendors ? vendors : ours
  const prefix = options.prefix ?? usual.prefix
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(prefix))
    throw usageError(`--prefix ${prefix}: use a-z, 0-9 and "-", at most 32`)
  // Without a final hyphen, the bot's own policy has no name that the bot may write.
  const ownPolicy = `${prefix.replace(/-+$/, '')}_management`
  const { role, policy } = present
  const policyName = roleName(options.policy ?? (isVendors ? `${prefix}management` : ownPolicy)).toLowerCase()
  const cidrs = options.cidr && networks(options.cidr)
  const offered = {
    kvMounts: mounts(options.kv, policy?.kvMounts, 'kv', options),
    transitMounts: mounts(options.transit, policy?.transitMounts, 'transit', options),
    databaseMounts: roleMounts(options.database, policy?.databaseMounts, options),
    sshMounts: roleMounts(options.ssh, policy?.sshMounts, options),
    pkiMounts: roleMounts(options.pki, policy?.pkiMounts, options),
  }
  if (options.attachOnly && isVendors)
    throw usageError('--attach-only: the documented set-up writes policies, so leave --vendor-compatible out')
  const lent = toLend(options, { ...offered, ownPolicy: policyName })
  const settings = {
    shape: policy?.shape ?? (isVendors ? ('vendor' as const) : ('least' as const)),
    prefix,
    appRole: { mount: loginMount(login.way, options, usual.approle), role: roleName(options.role ?? usual.role) },
    login,
    userpassMount: mountPath(options.usersMount ?? usual.users),
    policy: policyName,
    ...offered,
    ...(lent && { lent }),
    extras: extras(options, policy?.extras).filter((right) => login.way === 'approle' || !aboutSecretIds(right)),
    ...workloadsOf(options, policy?.workloadMounts),
    others: lent ? withoutPower(policy?.others) : (policy?.others ?? {}),
    otherPolicies: (role?.policies ?? []).filter((one) => one !== policyName),
    tokenTtl: given('--token-ttl', options.tokenTtl) ?? role?.tokenTtl ?? 3600,
    tokenMaxTtl: given('--token-max-ttl', options.tokenMaxTtl) ?? role?.tokenMaxTtl ?? 4 * 3600,
    longest: given('--longest', options.longest) ?? (isVendors ? undefined : present.longest) ?? 32 * 86_400,
    secretIdTtl: lifeOfSecretId(options.secretIdTtl) ?? role?.secretIdTtl ?? 0,
    secretIdUses:
      options.secretIdUses === undefined ? (role?.secretIdUses ?? 0) : count('--secret-id-uses', options.secretIdUses),
    cidrs: cidrs ?? role?.cidrs ?? [],
    secretIdCidrs: cidrs ?? role?.secretIdCidrs ?? [],
    isDedicated: !isVendors && !present.isShared,
  }
  if (settings.tokenMaxTtl > 0 && settings.tokenMaxTtl < settings.tokenTtl)
    throw usageError('--token-max-ttl must not be less than --token-ttl')
  return settings
}

const loginMount = (way: LoginSettings['way'], options: SetupOptions, usual: string): string => {
  if (way === 'approle') return mountPath(options.approleMount ?? usual)
  return mountPath(options.loginMount ?? usualLoginMounts[way])
}

/** Of what an administrator added, only rules for data: any other could give the power that lending is to take away. */
const withoutPower = (others: PolicyPaths = {}): PolicyPaths =>
  Object.fromEntries(Object.entries(others).filter(([path]) => !/^(sys|auth|identity)\/|^[*+]/.test(path)))

/** Rights that are worth nothing without a secret_id. */
export const aboutSecretIds = (right: string): boolean =>
  right === 'rotate-credentials' || right === 'sweep-credentials'

/** Where the policy speaks of secret_ids, if Latchkey has one. */
export const layoutOf = ({ appRole, lent, ...rest }: SetupSettings): VaultLayout => ({
  ...rest,
  hasControlGroups: true,
  ...(lent && { lends: namesLent(lent.settings) }),
  ...(rest.login.way === 'approle' && { appRole }),
})

const given = (option: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : length(option, text)

/** A life of a minute or more: the bot logs in with a secret_id, and a number alone is rarely meant as seconds. */
const lifeOfSecretId = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '0') return text === undefined ? undefined : 0
  const option = '--secret-id-ttl'
  if (/^\d+$/.test(text)) throw usageError(`${option} ${text}: add a unit, such as ${text}d; 0 is for no limit`)
  const life = length(option, text)
  if (life >= 60) return life
  throw usageError(`${option} ${text}: a secret_id must live 60s or longer; write 0 for no limit`)
}

const mounts = (
  wanted: readonly string[] | false | undefined,
  there: readonly string[] | undefined,
  usual: string,
  { only }: SetupOptions,
): readonly string[] => {
  const named = wanted === false ? [] : wanted?.map(mountPath)
  if (named === undefined) return there ?? [usual]
  return [...new Set([...(only ? [] : (there ?? [])), ...named])]
}

/** Mounts whose roles are on offer. None is usual: their roles are an administrator's work. */
const roleMounts = (
  wanted: readonly string[] | undefined,
  there: readonly string[] = [],
  { only }: SetupOptions,
): readonly string[] => [...new Set([...(only ? [] : there), ...(wanted ?? []).map(mountPath)])]

/** The mount for jobs and services is made; the others are an administrator's, and are named. */
const workloadsOf = (
  { workloadsMount = ours.workloads, workloadLogin, only }: SetupOptions,
  there: readonly string[] = [],
): Pick<SetupSettings, 'workloadsMount' | 'workloadMounts'> => {
  const own = workloadsMount === false ? [] : [mountPath(workloadsMount)]
  const kept = only && workloadLogin ? [] : there
  const workloadMounts = [...new Set([...own, ...kept, ...(workloadLogin ?? []).map(mountPath)])]
  return { workloadMounts, ...(own[0] !== undefined && { workloadsMount: own[0] }) }
}

const extras = ({ with: wanted = [], only }: SetupOptions, there: readonly OptionalRight[] = []) => {
  const isWhole = only && wanted.length > 0
  const asked = [...wanted.filter((one) => one !== 'none'), ...(isWhole || wanted.includes('none') ? [] : there)]
  if (asked.includes('all')) return optionalRightNames
  const unknown = asked.find((one) => !optionalRightNames.some((right) => right === one))
  if (unknown !== undefined) {
    throw usageError(`--with ${unknown}: there is no such right; known are all, none, ${optionalRightNames.join(', ')}`)
  }
  const isAsked = (right: OptionalRight) =>
    asked.includes(right) || (right === 'sweep-credentials' && asked.includes('rotate-credentials'))
  return optionalRightNames.filter(isAsked)
}

/**
 * A mount path without slashes at its ends. The check is strict, because policies and shell commands contain the path.
 */
export const mountPath = (given: string): string => {
  const path = given.replace(/^\/+|\/+$/g, '')
  const isPlain = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/.test(path)
  if (isPlain && !path.includes('..')) return path
  throw usageError(`"${given}" is not a mount path: use letters, digits, "_", "-", "." and "/"`)
}
/** The same for the name of a role or policy. */
export const roleName = (given: string): string => {
  if (/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(given)) return given
  throw usageError(`"${given}" is not a valid name: use letters, digits, "_", "-" and "."`)
}
/** `none` removes the limit. */
const networks = (wanted: readonly string[]): readonly string[] => {
  if (wanted.length === 1 && wanted[0] === 'none') return []
  const wrong = wanted.find((one) => !/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(one))
  if (wrong === undefined) return wanted
  throw usageError(`--cidr ${wrong}: write a network such as 10.1.0.0/16 or 10.1.2.3/32, or none`)
}
const count = (option: string, given: string): number => {
  if (/^\d{1,9}$/.test(given)) return Number(given)
  throw usageError(`${option} ${given}: write a whole number`)
}

/** Parses a length such as `90s`, `60m`, `4h` or `30d` into seconds; `0` for none. */
export const length = (option: string, given: string): number => {
  const found = lengthOf(/^\d+$/.test(given) ? `${given}s` : given)
  if (found === undefined) throw usageError(`${option} ${given}: write a length such as 90s, 60m, 4h or 30d`)
  return found
}
