import { type Seconds, seconds } from '../../../domain/time.ts'
import { failure } from '../failure.ts'
import type { LentRole } from './lending.ts'
import { creationPath, type LookedUp, type TokenWish } from './token-calls.ts'

/**
 * Throws unless a token is exactly what was asked for: these policies and none by identity, no longer than approved, its
 * own end, and an entity where the role gives one. Returns its life, which a vault may have limited.
 */
export const checkToken = (
  found: LookedUp | undefined,
  wish: TokenWish,
  { name, aliases }: Pick<LentRole, 'name' | 'aliases'>,
): Seconds => {
  if (!found) throw failure('spent-unseen', `The token of ${wish.displayName} was ended on its way.`)
  const wrong = [
    listed(found.policies) !== listed(wish.policies) && 'policies',
    (listed(found.identity_policies) !== '' || isSome(found.external_namespace_policies)) && 'policies by identity',
    found.creation_ttl > wish.ttl && 'longer life',
    (found.creation_ttl < 1 || isSome(found.period) || found.renewable === true) && 'endless life',
    (!found.orphan || found.type !== 'service' || (found.num_uses ?? 0) !== 0) && 'kind',
    (found.display_name !== `token-${wish.displayName}` || found.path !== creationPath(name)) && 'origin',
    ((found.entity_id ?? '') !== '') !== aliases && 'entity',
  ].filter((one) => one !== false)
  if (wrong.length > 0)
    throw failure('token-differs', `The vault made another token than was asked for: ${wrong.join(', ')}.`)
  return seconds(found.creation_ttl)
}

/** Whether a live token still has exactly these policies. */
export const hasOnly = (found: LookedUp, policies: readonly string[]): boolean =>
  listed(found.policies) === listed(policies) &&
  listed(found.identity_policies) === '' &&
  !isSome(found.external_namespace_policies)

const listed = (names: readonly string[] | null | undefined): string => [...(names ?? [])].sort().join()

const isSome = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value)
