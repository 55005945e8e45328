import type { Access } from './calls.ts'
import { namesIn } from './kv.ts'

const atOnce = 8

/** Every secret beneath a folder of a mount, as complete paths in order. A folder's `rest` ends in `/` or is empty. */
export const secretsBeneath = async (
  access: Access,
  { mount, rest }: { readonly mount: string; readonly rest: string },
): Promise<readonly string[]> => {
  const found: string[] = []
  const folders = [rest]
  const look = async (folder: string) => {
    for (const name of await namesIn(access, { mount, rest: folder })) {
      if (name.endsWith('/')) folders.push(`${folder}${name}`)
      else found.push(`${mount}/${folder}${name}`)
    }
  }
  while (folders.length > 0) await Promise.all(folders.splice(0, atOnce).map(look))
  return found.sort()
}
