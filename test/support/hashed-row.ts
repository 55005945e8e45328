import { createHash } from 'node:crypto'

type Exported = {
  readonly hash: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly words?: Readonly<Record<string, { readonly hash: string; readonly salt?: string }>>
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([key, inner]) => [key, sorted(inner)]),
      )
    : value

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The hash of an exported row, as somebody computes it who has only the rows and what we document about them. */
export const hashFrom = (previous: string, { hash: _, words, ...row }: Exported): string => {
  if (!words) return sha256(previous + JSON.stringify(sorted(row)))
  const rest = Object.entries(row.detail).filter(([name]) => !(name in words))
  for (const [name, { hash, salt }] of Object.entries(words)) {
    if (salt !== undefined && sha256(salt + String(row.detail[name])) !== hash) return 'the words are not those'
  }
  const hashes = Object.fromEntries(Object.entries(words).map(([name, { hash }]) => [name, hash]))
  const detail = { ...Object.fromEntries(rest), sealed: JSON.stringify(sorted(hashes)) }
  return sha256(previous + JSON.stringify(sorted({ ...row, detail })))
}
