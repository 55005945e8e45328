import type { VaultCalls } from './calls.ts'
import { failure } from './failure.ts'
import {
  optionalRightNames as all,
  managementPolicy,
  type OptionalRight,
  type PolicyPaths,
  type VaultLayout,
} from './management-policy.ts'

/** What is lost without each optional right. */
const without: Readonly<Record<OptionalRight, string>> = {
  'list-policies': 'Without "list" on sys/policies/acl, policies that were left behind are not noticed.',
  'revoke-tokens':
    'Without "update" on auth/token/revoke-accessor, ending access takes the rights of its tokens, not the tokens and their leases.',
  'bulk-owner-tags':
    'Without "list" on detailed-metadata/* of each KV mount, discovery asks for the owner tag of every secret one by one.',
  'key-types':
    'Without "read" on keys/* of each Transit mount, keys may be offered for uses that their type cannot do.',
  'rotate-credentials':
    'Without "update" on secret-id and secret-id/destroy of its own AppRole, the bot cannot renew its credentials itself.',
  'sweep-credentials':
    'Without "list" on secret-id/ and "update" on secret-id-accessor/* of its AppRole, a killed renewal’s secret_id may stay valid.',
  'stuck-leases':
    'Without "read" and "sudo" on sys/leases, nobody is told when the vault gives up ending a login or certificate.',
  workloads: 'Without its right to roles under its prefix at each login of workloads, only people get access.',
  'control-groups':
    'Without "update" on sys/control-group/request, auth/token/lookup-accessor and auth/token/revoke-accessor, nobody can be asked about control groups.',
}

/** The optional rights that the bot's token has now. */
export const optionalRights = async (calls: VaultCalls, layout: VaultLayout): Promise<ReadonlySet<OptionalRight>> => {
  const base = needed(layout)
  const wanted = all.map((right) => ({ right, paths: extra(managementPolicy(layout, [right], 'least'), base) }))
  const missing = await missingRights(calls, Object.assign({}, ...wanted.map(({ paths }) => paths)))
  const isThere = (paths: PolicyPaths) => Object.keys(paths).every((path) => !missing.has(path))
  const there = wanted.filter(({ paths }) => Object.keys(paths).length > 0 && isThere(paths)).map(({ right }) => right)
  return new Set([...there, ...(layout.lends ? (['revoke-tokens'] as const) : [])]) // a needed right there
}

/**
 * One line for each missing optional right. Throws `rights-missing` when a needed right is missing. It omits
 * `bulk-owner-tags` where the server has no such endpoint, and rights that this layout does not use.
 */
export const checkRights = async (calls: VaultCalls, layout: VaultLayout, isOpenBao: boolean): Promise<string[]> => {
  const missing = await missingRights(calls, needed(layout))
  if (missing.size > 0) {
    const list = [...missing].map(([path, capabilities]) => `${capabilities.join(', ')} on ${path}`)
    throw failure('rights-missing', `The bot's policy lacks: ${list.join('; ')}.`)
  }
  const there = await optionalRights(calls, layout)
  const lost = all
    .filter((right) => !there.has(right) && (isOpenBao || right !== 'bulk-owner-tags'))
    .filter((right) => Object.keys(extra(managementPolicy(layout, [right], 'least'), needed(layout))).length > 0)
    .map((right) => without[right])
  return (await seesRoles(calls, layout, there)) ? lost : [...lost, withoutRoles]
}

const withoutRoles =
  'Without "list" on role of each login of workloads, roles that were left behind are not noticed; latchkey vault setup adds it.'

/** Whether the bot may list roles, where both rights that need it are there. */
const seesRoles = async (calls: VaultCalls, layout: VaultLayout, there: ReadonlySet<OptionalRight>) => {
  const both = ['workloads', 'list-policies'] as const
  if (!both.every((right) => there.has(right))) return true
  const alone = Object.assign({}, ...both.map((right) => managementPolicy(layout, [right], 'least')))
  return (await missingRights(calls, extra(managementPolicy(layout, both, 'least'), alone))).size === 0
}

const needed = (layout: VaultLayout): PolicyPaths => managementPolicy(layout, [], 'least')

/** The capabilities that the bot's token lacks, by path of the rules. */
export const missingRights = async (
  calls: VaultCalls,
  rules: PolicyPaths,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const asked = Object.entries(rules)
    .filter(([path]) => path !== 'sys/health') // everybody may read this path
    .map(([path, { capabilities }]) => ({ path, capabilities, sample: path.replace(/\*$/, 'x') }))
  if (asked.length === 0) return new Map()
  const may = await calls.capabilities(asked.map(({ sample }) => sample))
  const lacking = asked.map(({ path, capabilities, sample }) => {
    const has = may[sample] ?? []
    return [path, has.includes('root') ? [] : capabilities.filter((one) => !has.includes(one))] as const
  })
  return new Map(lacking.filter(([, capabilities]) => capabilities.length > 0))
}

const extra = (more: PolicyPaths, base: PolicyPaths): PolicyPaths =>
  Object.fromEntries(Object.entries(more).filter(([path]) => !(path in base)))
