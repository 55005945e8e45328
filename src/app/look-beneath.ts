import type { IntegrationId } from '../domain/ids.ts'
import { ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'
import { coversFolder, narrowGrant } from './narrow-grant.ts'
import { recordStep } from './record-step.ts'
import type { WalkMemory } from './walk-beneath.ts'

/**
 * Looks beneath the folders of all live grants, because a secret of another owner may have appeared there. Until then its
 * holder can reach it; the card says for how long at most. A folder that cannot be looked through for now is told to the
 * owners, who can end the access.
 */
export const lookBeneath =
  (deps: Deps) =>
  async (id: IntegrationId, stop: AbortSignal): Promise<void> => {
    const entry = deps.integrations.get(id)
    if (!entry) return
    const memory: WalkMemory = new Map()
    for (const { grant } of await deps.store.liveAt(id)) {
      if (stop.aborted) return
      if (!grant || !coversFolder(grant)) continue
      try {
        const looked = await narrowGrant(deps, entry, grant.id, memory)
        const code = looked.ok ? undefined : looked.refusal.code
        if (code !== undefined) deps.log.error({ grant: grant.id, code }, 'new secrets beneath a folder stay reachable')
        await note(deps, grant.id, code)
      } catch (error) {
        if (!(error instanceof ExternalError)) throw error
        deps.log.warn({ grant: grant.id, code: error.code }, 'what lies beneath a folder could not be looked up')
      }
    }
  }

/** The row says why the last look failed, so that its owners are told once. */
const note = async (deps: Deps, id: Parameters<typeof recordStep>[1], code: string | undefined): Promise<void> => {
  const grant = (await deps.store.requestOfGrant(id))?.grant
  if (grant?.state !== 'active' || grant.trouble?.code === code) return
  await recordStep(deps, id, { took: { kind: 'looked', ...(code !== undefined && { blind: code }) } })
}
