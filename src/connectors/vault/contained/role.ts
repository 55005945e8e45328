import type { LentRole } from './lending.ts'
import type { FoundRole } from './token-calls.ts'

/** The settings of a token role, as the vault's API names them. Every field is written, so that no default widens it. */
export const roleFor = (
  { policies, longest, aliases }: Pick<LentRole, 'policies' | 'longest' | 'aliases'>,
  prefix: string,
): Readonly<Record<string, string | number | boolean | readonly string[]>> => ({
  allowed_policies: policies,
  allowed_policies_glob: [],
  disallowed_policies: [],
  disallowed_policies_glob: [],
  allowed_entity_aliases: aliases ? [`${prefix}*`] : [],
  orphan: true,
  renewable: false,
  path_suffix: '',
  token_no_default_policy: true,
  token_explicit_max_ttl: longest,
  token_period: 0,
  token_num_uses: 0,
  token_type: 'service',
})

/** The keys in which a role differs from what is lent. Older servers also have a second name for some limits. */
export const roleDifferences = (found: FoundRole, role: LentRole, prefix: string): readonly string[] => {
  const wanted = { ...roleFor(role, prefix), explicit_max_ttl: 0, period: 0 }
  return Object.entries(wanted).flatMap(([key, value]) => (plain(found[key]) === plain(value) ? [] : [key]))
}

/** The same text for what the vault stores alike: names in any order, and nothing, 0 and an empty list. */
const plain = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? '' : JSON.stringify(value.map(String).sort())
  return value === undefined || value === null || value === 0 || value === '' ? '' : JSON.stringify(value)
}
