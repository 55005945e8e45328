import type { vaultCalls } from '../../connectors/vault/calls.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { splitPath } from '../../connectors/vault/resource-types.ts'
import { type Finding, missing, ok } from '../../findings.ts'

type Calls = Pick<ReturnType<typeof vaultCalls>, 'listFolder'>

/** The mounts and folders that are offered for management and hold something. One that holds nothing is on no list. */
export const offerFindings = async (
  what: string,
  { management, kvMounts }: Pick<VaultParams, 'management' | 'kvMounts'>,
  calls: Calls,
): Promise<readonly Finding[]> => Promise.all(management.map(({ path }) => offerFinding(what, path, kvMounts, calls)))

const offerFinding = async (
  what: string,
  path: string,
  kvMounts: readonly string[],
  calls: Calls,
): Promise<Finding> => {
  const about = `${what}: management of ${path}`
  const place = splitPath(path, kvMounts, true)
  if (!place) return missing(about, 'its mount is not there', 'correct the path in management, or kvMounts')
  try {
    const names = await calls.listFolder(place.mount, place.path, { after: '', limit: 1 })
    if (names.length > 0 || place.path === '') return ok(about, 'is there')
    return missing(about, 'there is no such folder, so nobody can ask for it', 'correct the path in management')
  } catch {
    return missing(about, 'Latchkey may not list it, so nobody can ask for it', 'let the bot list and read it')
  }
}
