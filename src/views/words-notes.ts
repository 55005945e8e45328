import type { Resource } from '../domain/resource.ts'
import { visible } from './names.ts'
import type { Span, Text } from './view-model.ts'

/** Typed words that name no single resource, and why. */
export type Unclear = { readonly words: string } & (
  | { readonly is: 'several'; readonly found: readonly Resource[]; readonly isMore: boolean }
  | { readonly is: 'unknown'; readonly similar: readonly Resource[] }
  /** The closest name was chosen instead. */
  | { readonly is: 'mistyped' }
  /** One request is for one vault. */
  | { readonly is: 'elsewhere'; readonly integration: string }
)

const shown = 3

/** Says above the form what became of such words. */
export const unclearNote = (unclear: Unclear): Text => {
  const words = { code: unclear.words }
  switch (unclear.is) {
    case 'several': {
      const { found, isMore } = unclear
      const count = isMore ? `More than ${found.length}` : `${found.length}`
      return [`${count} match `, words, ': ', ...paths(found), '. Pick what you need below.']
    }
    case 'mistyped':
      return ['Nothing is called ', words, ', so the closest name is chosen below. Check it before you send.']
    case 'elsewhere':
      return [words, ' is in the vault ', { code: unclear.integration }, '. Send another request for it.']
    case 'unknown':
      return unclear.similar.length === 0
        ? ['Nothing that you may request is called ', words, '. Search for it below.']
        : ['Nothing is called ', words, '. Did you mean ', ...paths(unclear.similar), '? Pick it below.']
    default:
      return unclear satisfies never
  }
}

const paths = (found: readonly Resource[]): Span[] => [
  ...found.slice(0, shown).flatMap(({ path }, index) => [...(index === 0 ? [] : [', ']), { code: visible(path) }]),
  ...(found.length > shown ? [` and ${found.length - shown} more`] : []),
]

/** The last two names of a path, as people search for it. */
export const searchExample = (path: string): string => visible(path.split('/').filter(Boolean).slice(-2).join(' '))
