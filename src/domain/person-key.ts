/** A key for the people file, made from a name. */
export const keyFrom = (text: string): string => {
  const plain = text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'someone'
}

/** The same, with a number where the key is taken. */
export const freeKey = (text: string, isTaken: (key: string) => boolean): string => {
  const base = keyFrom(text)
  let key = base
  for (let number = 2; isTaken(key); number += 1) key = `${base}-${number}`
  return key
}
