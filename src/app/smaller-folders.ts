import type { PersonId, ResourceId } from '../domain/ids.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isFolder } from '../domain/resource.ts'
import type { Deps } from './deps.ts'
import { findResource, foldersIn } from './list-access.ts'

/** Paths of smaller folders, which a person may ask for where a refusal says that theirs is too large. */
export const smallerFolders =
  (deps: Deps) =>
  async (
    person: PersonId,
    { code }: Refusal,
    items: readonly { readonly resource: ResourceId }[],
  ): Promise<readonly string[]> => {
    if (!isTooMuch(code)) return []
    const chosen = await Promise.all(items.map(({ resource }) => findResource(deps)(person, resource)))
    const within = chosen.map((one) => (one && isFolder(one) ? foldersIn(deps)(person, one) : []))
    return (await Promise.all(within)).flat().map(({ path }) => path)
  }

const isTooMuch = (code: Refusal['code']): boolean =>
  code === 'too-much-beneath' ||
  code === 'walk-unfinished' ||
  code === 'policy-too-large' ||
  code === 'folder-unnameable'
