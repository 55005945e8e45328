import type { Resource } from './resource.ts'

/** A resource that a person asked for lately, and how often. */
export type Usual = { readonly resource: Resource; readonly times: number }

const most = 3

/**
 * What a person most likely asks for again: the three asked for most often, if more than once, then the last three
 * others. `usual` begins with the last.
 */
export const likelyNext = (usual: readonly Usual[]): readonly Usual[] => {
  const often = [...usual]
    .sort((a, b) => b.times - a.times)
    .filter(({ times }) => times > 1)
    .slice(0, most)
  return [...often, ...usual.filter((one) => !often.includes(one)).slice(0, most)]
}
