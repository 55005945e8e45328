/** A key for the people file, made from a name. */
export const keyFrom = (text: string): string => {
  const plain = text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'someone'
}

/** The same, with a number where the key is taken. */
export const freeKey = (text: string, isTaken: (key: string) => boolean): string => {
  for (const key of keysFrom(text)) if (!isTaken(key)) return key
  throw new Error('there is always another number')
}

/** The possible keys, the plain one first. */
export function* keysFrom(text: string): Generator<string> {
  const base = keyFrom(text)
  yield base
  for (let number = 2; ; number += 1) yield `${base}-${number}`
}
