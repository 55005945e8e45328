import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { AuditEvent } from '../domain/audit-event.ts'
import { canonicalJson } from './rows/json.ts'

type Detail = AuditEvent['detail']

/** The fields of a row that people wrote, that tell where they sat, or who started a run. Each can be erased later. */
const erasable: ReadonlySet<string> = new Set(['reason', 'note', 'label', 'address', 'run'])

/** One erasable text, and the salt without which nobody can guess it from its hash. */
type Words = { readonly salt: string; readonly text: string }
const stored = z.record(z.string(), z.object({ salt: z.string(), text: z.string() }))
const hashes = z.record(z.string(), z.string())

/** What the hashed detail has in the place of erasable texts: each one's name and hash. */
const seal = 'sealed'
export const erased = '(erased)'

/** The detail as it is hashed, and the erasable texts that are kept beside the chain. */
export const sealed = (detail: Detail): { readonly detail: Detail; readonly words: string | null } => {
  const texts = Object.entries(detail).filter(
    (entry): entry is [string, string] => erasable.has(entry[0]) && typeof entry[1] === 'string',
  )
  if (texts.length === 0) return { detail, words: null }
  const words = Object.fromEntries(texts.map(([name, text]) => [name, { salt: randomBytes(16).toString('hex'), text }]))
  const rest = Object.entries(detail).filter(([name]) => !(name in words))
  const named = Object.fromEntries(Object.entries(words).map(([name, each]) => [name, hashOf(each)]))
  return { detail: Object.fromEntries([...rest, [seal, canonicalJson(named)]]), words: canonicalJson(words) }
}

/** For each erasable text of a row its hash, and the salt while the text is there. */
export type SealedWords = Readonly<Record<string, { readonly hash: string; readonly salt?: string }>>

/** The detail with its texts, or `(erased)` in their place. */
export const opened = (
  detail: Detail,
  words: string | null,
): { readonly detail: Detail; readonly words?: SealedWords } => {
  const { [seal]: named, ...rest } = detail
  if (named === undefined) return { detail }
  const known = words === null ? {} : stored.parse(JSON.parse(words))
  const all = Object.entries(hashes.parse(JSON.parse(String(named))))
  return {
    detail: { ...rest, ...Object.fromEntries(all.map(([name]) => [name, known[name]?.text ?? erased])) },
    words: Object.fromEntries(
      all.map(([name, hash]) => [name, { hash, ...(known[name] && { salt: known[name].salt }) }]),
    ),
  }
}

/** Whether the texts beside a row are the ones that it was written with. */
export const wordsOf = (detail: string, words: string | null): 'none' | 'intact' | 'erased' | 'altered' => {
  try {
    const { [seal]: named } = z.record(z.string(), z.unknown()).parse(JSON.parse(detail))
    if (named === undefined) return words === null ? 'none' : 'altered'
    const all = hashes.parse(JSON.parse(String(named)))
    if (words === null) return 'erased'
    const found = Object.entries(stored.parse(JSON.parse(words))).map(([name, each]) => [name, hashOf(each)])
    return canonicalJson(Object.fromEntries(found)) === canonicalJson(all) ? 'intact' : 'altered'
  } catch {
    return 'altered'
  }
}

const hashOf = ({ salt, text }: Words): string => createHash('sha256').update(`${salt}${text}`).digest('hex')
