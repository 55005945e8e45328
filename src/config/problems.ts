import type { z } from 'zod'
import { mistakesBetween } from '../domain/typing-mistakes.ts'
import { keysBelow, type Meanings, meaningKey } from './meanings.ts'

/** One mistake in a file: at which key, and what to write instead. */
export type Problem = { readonly path: readonly PropertyKey[]; readonly message: string }

/** The complaints of a schema in helpful words. `content` was checked; `at` is its path in the file. */
export const problemsIn = (
  error: z.core.$ZodError,
  content: unknown,
  meanings: Meanings,
  at: readonly PropertyKey[] = [],
): readonly Problem[] =>
  error.issues.flatMap((issue): readonly Problem[] => {
    const path = [...at, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, keysBelow(path, meanings)) }))
    }
    const meaning = meaningOf(path, meanings)
    const isMissing = issue.code === 'invalid_type' && valueAt(content, issue.path) === undefined
    if (isMissing) return [{ path, message: `missing${meaning && `; write ${meaning}`}` }]
    const isPlain = /^(Invalid|Too|Expected)/.test(issue.message) // the library's own words, which do not mention the key
    return [{ path, message: isPlain && meaning ? `${issue.message}; this is ${meaning}` : issue.message }]
  })

/** An entry of a list has the meaning of the list. */
const meaningOf = (path: readonly PropertyKey[], meanings: Meanings): string => {
  const own = meanings[meaningKey(path)]
  return own ?? (typeof path.at(-1) === 'number' ? (meanings[meaningKey(path.slice(0, -1))] ?? '') : '')
}

const valueAt = (content: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === String(key))?.[1]
        : undefined,
    content,
  )

const unknownKey = (key: string, known: readonly string[]): string => {
  const near = nearest(key, known)
  if (near) return `there is no such key; did you mean ${near}?`
  return known.length > 0 ? `there is no such key; there are ${known.join(', ')}` : 'there is no such key'
}

/** The known word that may have been meant. */
export const nearest = (word: string, known: readonly string[], most = 2): string | undefined =>
  known.find((one) => mistakesBetween(one.toLowerCase(), word.toLowerCase(), most) <= most)
