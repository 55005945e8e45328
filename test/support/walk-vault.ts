import type { Discovered } from '../../src/domain/discovery.ts'
import type { Connector } from '../../src/ports.ts'

const never = new AbortController().signal

/** Everything that a connector finds, sorted by path, with owner tags wherever they have to be read one by one. */
export const everythingAt = async (connector: Connector, ownerKey?: string): Promise<readonly Discovered[]> => {
  const folders = [...(await connector.roots()).folders]
  const list: Discovered[] = []
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const look = await connector.look(folder, ownerKey, never)
    folders.push(...look.folders)
    for (const { isTagUnread, ...found } of look.found) {
      list.push({ ...found, ...(isTagUnread && ownerKey && (await connector.refreshTag(found, ownerKey, never))) })
    }
  }
  return list.toSorted((one, other) => (one.path < other.path ? -1 : 1))
}
