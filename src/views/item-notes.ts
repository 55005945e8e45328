import type { Caveat } from '../domain/caveat.ts'
import type { Item, Resource } from '../domain/resource.ts'
import { lookAlikeText } from './names.ts'
import type { Text } from './view-model.ts'

const caveatText = {
  'newest-deleted': 'its newest version is deleted, so only older versions can be read',
  'all-deleted': 'all its versions are deleted, so there is nothing to read',
  'no-version': 'it has no version yet, so there is nothing to read',
  'key-cannot': 'a key of its type cannot do this',
} satisfies { [C in Caveat]: string }

/** What makes a resource of little use now, each a line of its own. */
export const caveatNotes = ({ path }: Pick<Resource, 'path'>, caveats: readonly Caveat[] = []): Text[] =>
  caveats.map((caveat) => ['Of little use now: ', { code: path }, `: ${caveatText[caveat]}.`])

/** What a permission reaches beyond what its name says. */
const reachText: ReadonlyMap<string, string> = new Map([
  ['read secret', 'To read a secret is to read its older versions too.'],
])

/** What a permission on something reaches beyond its name; nothing for most. */
export const reachOf = (type: string, permission: string | undefined): string | undefined =>
  reachText.get(`${permission} ${type}`)

/** What an eye could miss of a name. */
export const nameNotes = ({ path }: Item): Text[] => {
  const mark = lookAlikeText(path)
  return mark ? [[{ code: path }, ': ', mark]] : []
}

/** What permissions reach beyond their names, each once. */
export const reachNotes = (items: readonly Item[]): Text[] => {
  const reaches = items.map(({ type, permission }) => reachOf(type, permission))
  return [...new Set(reaches)].flatMap((reach) => (reach ? [[reach]] : []))
}
