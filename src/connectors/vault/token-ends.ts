import type { Item } from '../../domain/resource.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { failure, isFailure } from './failure.ts'
import { resourceTypeOf, splitPath } from './resource-types.ts'

/** Whether deleting the policy leaves what was made with it, such as a login of a database. */
export const needsTokenEnd = ({ mounts }: Pick<VaultContext, 'mounts'>, items: readonly Item[]): boolean =>
  items.some(({ type, path, permission }) => {
    const kind = resourceTypeOf(type)
    const place = kind && splitPath(path, mounts[kind.engine], kind.covers === 'beneath')
    return place && kind.permissions.get(permission)?.ending?.(mounts, place).byTokenOnly === true
  })

/** Nothing is given that the bot could not end. Throws `rights-missing`. */
export const throwIfEndless = async (context: VaultContext, items: readonly Item[]): Promise<void> => {
  if (!needsTokenEnd(context, items) || (await context.rights()).has('revoke-tokens')) return
  throw failure('rights-missing', 'Access of this type needs the right revoke-tokens, so that its end ends the tokens.')
}

/** Ends every token handed out. Returns `false` when there is none, or the bot may not end tokens. */
export const endTokens = async (
  context: VaultContext,
  calls: VaultCalls,
  accessors: readonly string[],
): Promise<boolean> => {
  const may = await context.rights()
  if (accessors.length === 0 || !may.has('revoke-tokens')) return false
  try {
    for (const accessor of accessors) await calls.revokeAccessor(accessor)
    return true
  } catch (error) {
    if (isFailure(error, 'denied')) return false // the right was removed since we checked it
    throw error
  }
}

/** The same where nothing else ends the access: it throws until the vault knows none of the tokens any more. */
export const mustEndTokens = async (calls: VaultCalls, accessors: readonly string[]): Promise<void> => {
  for (const accessor of accessors) await calls.revokeAccessor(accessor)
  for (const accessor of accessors) {
    if ((await calls.revokeAccessor(accessor)) !== 'gone')
      throw failure('still-works', 'The vault still knows a token of this access after its end.')
  }
}
