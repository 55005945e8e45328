import type { Caveat } from '../domain/caveat.ts'
import { type Item, isFolder, type Resource } from '../domain/resource.ts'
import { type Seconds, seconds } from '../domain/time.ts'
import { durationText } from './copy-time.ts'
import { lookAlikeText } from './names.ts'
import type { Text } from './view-model.ts'

const caveatText = {
  'newest-deleted': 'its newest version is deleted, so only older versions can be read',
  'all-deleted': 'all its versions are deleted, so there is nothing to read',
  'no-version': 'it has no version yet, so there is nothing to read',
  'key-cannot': 'a key of its type cannot do this',
  'role-gone': 'its role is not at the vault any more',
  'role-changed': 'its role was changed at the vault and does not give or end this as it was asked for',
  'no-terminal': 'its certificates open no terminal, only commands (its role lacks permit-pty)',
} satisfies { [C in Caveat]: string }

/** What makes a resource hardly useful now, one line per reason. */
export const caveatNotes = ({ path }: Pick<Resource, 'path'>, caveats: readonly Caveat[] = []): Text[] =>
  caveats.map((caveat) => ['Hardly useful now: ', { code: path }, `: ${caveatText[caveat]}.`])

/** What a permission includes beyond its name. */
const reachText: ReadonlyMap<string, string> = new Map([
  ['read secret', 'Reading a secret includes its older versions.'],
  ['read key', 'Reading a key shows its type, its versions and public parts, and nothing private.'],
  [
    'export key',
    'An export takes the key itself out of the vault. The end of the access does not bring it back: rotate the key afterwards.',
  ],
  ['ReadOnly management', 'ReadOnly lists and reads everything beneath, older versions included.'],
  [
    'ReadWrite management',
    'ReadWrite lists, reads, creates and changes everything beneath. Ten new versions of a secret push out the old ones.',
  ],
  [
    'Admin management',
    'Admin lists, reads, creates, changes and deletes everything beneath, and can undo a deletion. Ten new versions of a secret push out the old ones.',
  ],
])

/** What a permission on a resource type includes beyond its name; undefined for most. */
export const reachOf = (type: string, permission: string | undefined): string | undefined =>
  reachText.get(`${permission} ${type}`)

/** What a reader could miss in a name. */
export const nameNotes = ({ path }: Item): Text[] => {
  const mark = lookAlikeText(path)
  return mark ? [[{ code: path }, ': ', mark]] : []
}

/** Time for the look itself, and for the vault to be told. */
const longestLook = 60

/**
 * What a reader must know of folders. `lookEvery`: how often Latchkey looks for new secrets of other owners beneath them.
 */
export const folderNotes = (items: readonly Item[], lookEvery?: Seconds): Text[] => {
  if (!items.some(isFolder)) return []
  const names = 'Names beneath stay visible in listings, also of what is left out.'
  if (lookEvery === undefined) return [[names]]
  const most = durationText(seconds(lookEvery + longestLook))
  return [[`${names} A new secret of another owner there can be reached for ${most} at most, while the vault answers.`]]
}

/** What goes on after the end of the access, in words of the vault's connector. */
export const outlastingNotes = (sentences: readonly string[] = []): Text[] => sentences.map((sentence) => [sentence])

/** What permissions include beyond their names, each once. */
export const reachNotes = (items: readonly Item[]): Text[] => {
  const reaches = items.map(({ type, permission }) => reachOf(type, permission))
  return [...new Set(reaches)].flatMap((reach) => (reach ? [[reach]] : []))
}
