import { readFileSync } from 'node:fs'
import { readYaml } from '../../config/yaml.ts'
import { type Lending, lendingOf } from '../../connectors/vault/contained/lending.ts'
import type { ContainedSettings } from '../../connectors/vault/contained/settings.ts'
import { type Engine, engines, mountsOf } from '../../connectors/vault/engines.ts'
import { vaultParams } from '../../connectors/vault/params.ts'
import { messageOf } from '../../domain/message-of.ts'
import { usageError } from '../trouble.ts'

/** What is lent, as options of the set-up. */
export type LendOptions = {
  readonly attachOnly?: boolean
  /** A file with policies and roles, as in the configuration. */
  readonly lend?: string
  /** `PATH=PERMISSIONS`, one policy each. */
  readonly gives?: readonly string[]
  /** What a configuration lends. */
  readonly contained?: ContainedSettings
  readonly certificateLife?: number
  readonly longest?: string
}

/** What is lent, as settings and as rules. */
export type ToLend = { readonly settings: ContainedSettings; readonly lending: Lending }
type Offered = { readonly [Each in Engine as `${Each}Mounts`]: readonly string[] } & { readonly ownPolicy: string }

/** The token role that lends where nobody names another. */
export const usualLender = 'latchkey-lend'
const usualLife = '8h'

/** What an administrator lends: by a file, by options, or by the configuration. Throws a sentence about what is wrong. */
export const toLend = (options: LendOptions, { ownPolicy, ...mounts }: Offered): ToLend | undefined => {
  const { attachOnly, lend, gives, contained, certificateLife } = options
  const named = lend !== undefined ? inFile(lend) : gives && { policies: gives.map((one) => policyOf(one, mounts)) }
  if (!attachOnly) {
    if (named === undefined) return undefined
    throw usageError('--lend and --gives: policies are lent with --attach-only')
  }
  const given = named === undefined ? contained : withRole(named, options)
  if (given === undefined)
    throw usageError('--attach-only: name what may be lent, by --lend FILE, --gives PATH=PERMISSIONS or --config FILE')
  const { data, error } = vaultParams.safeParse({
    ...{ ...nowhere, ...mounts, contained: given },
    ...(certificateLife !== undefined && { certificateLife }),
  })
  const [issue] = error?.issues ?? []
  if (issue) throw usageError(placeOf(issue.path, options) + issue.message)
  if (!data?.contained) return undefined
  if (data.contained.policies.some(({ name }) => name === ownPolicy))
    throw usageError(`--attach-only: ${ownPolicy} is the policy of Latchkey itself, so it is never lent`)
  return { settings: data.contained, lending: lendingOf(data.contained, mountsOf(data)) }
}

/** Where a fault was written: each option makes one policy. */
const placeOf = ([, ...path]: readonly PropertyKey[], { lend, gives }: LendOptions): string => {
  const one = lend === undefined && path[0] === 'policies' ? gives?.[Number(path[1])] : undefined
  if (one !== undefined) return `--gives ${one}: `
  return `${lend === undefined ? '' : `--lend ${lend}: `}${path.map(String).join('.')}: `
}

/** Only what is lent is checked here. */
const nowhere = { internalUrl: 'http://127.0.0.1', credentials: { folder: '.' } }

const inFile = (file: string): unknown => {
  try {
    return readYaml(readFileSync(file, 'utf8'), file).content
  } catch (error) {
    throw usageError(`--lend ${file}: ${messageOf(error)}`)
  }
}

/** Where no role is named, one lends everything. Its tokens belong to an entity, so the vault's log names the human. */
const withRole = (given: unknown, { longest = usualLife }: LendOptions): unknown => {
  if (typeof given !== 'object' || given === null || 'roles' in given || !('policies' in given)) return given
  const all: readonly unknown[] = Array.isArray(given.policies) ? given.policies : []
  const policies = all.map((one) => (typeof one === 'object' && one !== null && 'name' in one ? one.name : undefined))
  return { ...given, roles: [{ name: usualLender, policies, longest, aliases: true }] }
}

type Offer = Omit<Offered, 'ownPolicy'>

/** What a request calls the resources of an engine. */
const typeIn: Readonly<Record<Engine, string>> = {
  ...{ kv: 'secret', transit: 'key', database: 'database', ssh: 'ssh', pki: 'pki' },
}

/** Such as `kv/shop/*=read`; the mount tells the type. */
const policyOf = (text: string, offer: Offer) => {
  const [, path = '', permissions = ''] = /^([^=]+)=([A-Za-z,-]+)$/.exec(text) ?? []
  if (path === '') throw usageError(`--gives ${text}: write a path and permissions, such as kv/shop/*=read`)
  const type = typeOfPath(path, offer)
  if (type === undefined)
    throw usageError(
      `--gives ${text}: it begins with no mount on offer; name it by --kv, --transit, --database, --ssh or --pki`,
    )
  const name = `lend-${path.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.replace(/-$/, path.endsWith('*') ? '-all' : '')
  return { name, gives: [{ type, path, permissions: permissions.split(',') }] }
}

/** The type of the longest mount that a path begins with. */
const typeOfPath = (path: string, offer: Offer): string | undefined =>
  engines
    .flatMap((engine) => offer[`${engine}Mounts`].map((mount) => ({ mount, type: typeIn[engine] })))
    .filter(({ mount }) => path.replace(/^\/+/, '').startsWith(`${mount}/`))
    .toSorted((one, other) => other.mount.length - one.mount.length)[0]?.type
