import type { Plan, Reach } from '../../../domain/connector.ts'
import { accept, type Outcome, refuse } from '../../../domain/refusal.ts'
import type { Item } from '../../../domain/resource.ts'
import { fingerprint, pathsOf, rulesFor } from '../policy.ts'
import type { Mounts } from '../resource-types.ts'
import type { Lending, LentPolicy, LentRole } from './lending.ts'
import { beyond, includesAll, merged, mixed, type Rules } from './rules.ts'

/** What is lent for some items. `rules` is what a token with these policies has. */
export type Choice = {
  readonly policies: readonly LentPolicy[]
  readonly role: LentRole
  readonly rules: Rules
}

/**
 * The narrowest policy for each item, and one role that lends them together. Refuses an item that no policy gives, and
 * items that no role lends together.
 */
export const choose = (items: readonly Item[], lending: Lending, mounts: Mounts): Outcome<Choice> => {
  const wanted: { readonly item: Item; readonly rights: Rules; readonly policy: LentPolicy }[] = []
  for (const item of items) {
    const rights = rulesFor([item], mounts)
    if (!rights.ok) return rights
    const policy = narrowest(lending.policies.filter(({ rules }) => includesAll(rules, rights.value)))
    if (!policy) return refuse({ code: 'not-lent', path: item.path, permission: item.permission })
    wanted.push({ item, rights: rights.value, policy })
  }
  const roles = lending.roles
    .map((role) => ({ role, lent: wanted.filter(({ policy }) => role.policies.includes(policy.name)) }))
    .sort((one, other) => other.lent.length - one.lent.length || byUse(one.role, other.role))
  const [best] = roles
  if (!best) return refuse({ code: 'lent-apart', apart: items.map(({ path }) => path) })
  const policies = byName(new Map(best.lent.map(({ policy }) => [policy.name, policy])).values())
  const rules = merged(policies.map((policy) => policy.rules))
  if (mixed(policies.map((policy) => policy.rules)).length > 0)
    return refuse({ code: 'lent-apart', apart: [...new Set(items.map(({ path }) => path))] })
  // A closer rule of one policy can take away what another one gives.
  const apart = wanted.filter((one) => !best.lent.includes(one) || !includesAll(rules, one.rights))
  if (apart.length > 0) return refuse({ code: 'lent-apart', apart: [...new Set(apart.map(({ item }) => item.path))] })
  return accept({ policies, role: best.role, rules })
}

const byName = (policies: Iterable<LentPolicy>): readonly LentPolicy[] =>
  [...policies].sort((one, other) => (one.name < other.name ? -1 : 1))

/** Tokens get exactly the chosen policies from any role, so the role with the longest life serves best. */
const byUse = (one: LentRole, other: LentRole): number =>
  other.longest - one.longest || one.policies.length - other.policies.length || (one.name < other.name ? -1 : 1)

/** The policy that gives least: one that another includes is narrower, then one with closer and fewer wildcards. */
const narrowest = (policies: readonly LentPolicy[]): LentPolicy | undefined => {
  const isWider = (one: LentPolicy) =>
    policies.some((other) => includesAll(one.rules, other.rules) && !includesAll(other.rules, one.rules))
  const [first] = policies.filter((one) => !isWider(one)).sort(byWidth)
  return first
}

const byWidth = (one: LentPolicy, other: LentPolicy): number => {
  const [a, b] = [widthOf(one), widthOf(other)]
  return b.fixed - a.fixed || a.wild - b.wild || a.count - b.count || (one.name < other.name ? -1 : 1)
}

/** How long the beginning of its widest wildcard is, how many wildcards it has, and how many rules. */
const widthOf = ({ rules }: LentPolicy) => {
  const given = [...rules].filter(([, { capabilities }]) => !capabilities.includes('deny')).map(([path]) => path)
  const wild = given.filter((path) => path.endsWith('*')).map((path) => path.length)
  return { fixed: Math.min(longestRule, ...wild), wild: wild.length, count: given.length }
}

const longestRule = 10_000

/** The plan for some items: what the lent policies open, and by which role. The hash covers all of it. */
export const lentPlan = (items: readonly Item[], lending: Lending, mounts: Mounts): Outcome<Plan> => {
  const chosen = choose(items, lending, mounts)
  if (!chosen.ok) return chosen
  const { policies, role, rules } = chosen.value
  const hasSelfService = policies.some((policy) => policy.hasSelfService)
  const lent = { role: role.name, policies: policies.map(({ name }) => name) }
  const document = documentFor(rules, lent, hasSelfService)
  return accept({ document, hash: fingerprint(document) })
}

/** A plan's document. Rules of a vault already contain what each token may do with itself. */
export const documentFor = (
  rules: Rules,
  { role, policies }: { readonly role: string; readonly policies: readonly string[] },
  hasSelfService = false,
): string => JSON.stringify({ path: pathsOf(rules, hasSelfService), lent: { role, policies } })

/** What is lent for some items, and what it opens besides; `undefined` where nothing can be lent. */
export const reachOf = (items: readonly Item[], lending: Lending, mounts: Mounts): Reach | undefined => {
  const [chosen, asked] = [choose(items, lending, mounts), rulesFor(items, mounts)]
  if (!chosen.ok || !asked.ok) return undefined
  const { policies, role, rules } = chosen.value
  return { policies: policies.map(({ name }) => name), role: role.name, beyond: beyond(rules, asked.value) }
}
