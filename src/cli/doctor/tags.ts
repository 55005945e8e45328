import type { Config } from '../../config/read.ts'
import type { Integration } from '../../domain/integration.ts'
import { taggedOwner } from '../../domain/routing.ts'
import { type Finding, ok, optional } from '../../findings.ts'
import type { StoreReader } from '../../ports.ts'
import { storeAt } from '../../store/index.ts'

const mostNamed = 5

/**
 * Finds owner tags that name no allowed owner. Such a tag is ignored without a word, so that a misspelt one would give
 * its secret to other owners. Nothing is found before the first discovery, or in an unreadable database.
 */
export const tagFindings = async ({ integrations, database }: Config): Promise<readonly Finding[]> => {
  const tagged = integrations.flatMap(({ integration }) => (integration.resourceOwner ? [integration] : []))
  if (tagged.length === 0) return []
  try {
    const store = storeAt(database)
    if (!(await store.exists())) return []
    const reader = await store.read()
    try {
      return (await Promise.all(tagged.map((integration) => findingsAt(integration, reader)))).flat()
    } finally {
      await reader.close()
    }
  } catch {
    return [] // the finding about the database says why
  }
}

const findingsAt = async (integration: Integration, reader: StoreReader): Promise<readonly Finding[]> => {
  const all = await reader.ownerTags(integration.id)
  if (all.length === 0) return []
  const what = `owner tags at ${integration.id}`
  const wrong = all.filter(({ tag }) => taggedOwner(integration, tag) === undefined)
  const count = wrong.reduce((sum, { resources }) => sum + resources, 0)
  if (count === 0)
    return [ok(what, `${all.length === 1 ? 'the one value is' : `all ${all.length} values are`} on allow`)]
  const named = wrong.slice(0, mostNamed).map(({ path, tag, resources }) => {
    const others = resources > 1 ? ` (and ${resources - 1} more)` : ''
    return `${path} = ${tag}${others}`
  })
  const more = wrong.length > named.length ? ', and others' : ''
  const have = count === 1 ? 'one secret has' : `${count} secrets have`
  return [
    optional(
      what,
      `${have} an owner tag that is not on allow: ${named.join(', ')}${more}; the owners of the integration decide`,
      'correct the tag at the vault, or add its owner to resourceOwner.allow',
    ),
  ]
}
