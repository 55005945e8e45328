import type { Caveat } from '../domain/caveat.ts'
import type { IntegrationId } from '../domain/ids.ts'
import type { Resource } from '../domain/resource.ts'
import { ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

/** The resource, and the requested permission if it is known yet. */
type Of = Pick<Resource, 'type' | 'path'> & { readonly permission?: string }

/** What makes an access hardly useful, as the vault says now. Empty when the vault does not answer at once. */
export const caveatsOf =
  ({ integrations, troubleAt }: Pick<Deps, 'integrations' | 'troubleAt'>) =>
  async (integration: IntegrationId, of: Of): Promise<readonly Caveat[]> => {
    const connector = integrations.get(integration)?.connector
    if (!connector || troubleAt(integration)) return []
    try {
      return await connector.caveats(of)
    } catch (error) {
      if (error instanceof ExternalError) return []
      throw error
    }
  }
