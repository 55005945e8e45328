import { integrationId } from '../../../domain/ids.ts'
import { accept } from '../../../domain/refusal.ts'
import type { Resource } from '../../../domain/resource.ts'
import { call } from '../call.ts'
import { ResourcePage, ResourceQuery } from '../schemas/resources.ts'

const shape = ({ id, integration, type, path, permissions, ownerTag, description, obstacle }: Resource) => ({
  ...{ id, vault: integration, type, path, permissions: [...permissions] },
  ...(ownerTag !== undefined && { owner: ownerTag }),
  ...(description !== undefined && { description }),
  ...(obstacle !== undefined && { obstacle }),
})

/** Calls about what can be requested. */
export const resources = [
  call({
    ...{ method: 'get', path: '/resources', name: 'findResources', status: 200, isForPipelines: true },
    summary: 'What you may request, by words of its path.',
    query: ResourceQuery,
    answer: ResourcePage,
    handle: async ({ listResources }, { caller, query: { vault, text, type, cursor, limit } }) => {
      const found = await listResources(caller.person.id, vault === undefined ? undefined : integrationId(vault), {
        ...{ words: text, type, beyond: cursor, limit },
      })
      if (!found.ok) return found
      const { shown, hasMore } = found.value
      const last = shown.at(-1)
      return accept({ items: shown.map(shape), ...(hasMore && last && { next: last.id }) })
    },
  }),
]
