import type { Resource } from '../../domain/resource.ts'
import type { Store } from '../../ports.ts'
import type { Queries } from './connection.ts'
import { findResources } from './find-resources.ts'
import { findSimilar } from './find-similar.ts'
import { resourcePage } from './resource-page.ts'

type Verb = 'findResources' | 'findSimilar' | 'resourcePage'
/** A search in a catalogue of any size, as it is sent to another thread. */
export type Search = { [Each in Verb]: { readonly verb: Each; readonly given: Parameters<Store[Each]> } }[Verb]

export type Answer = { readonly found: readonly Resource[] } | { readonly error: unknown }

/** Runs a search in this thread. */
export const search = (queries: Queries, { verb, given }: Search): readonly Resource[] => {
  switch (verb) {
    case 'findResources':
      return findResources(queries, ...given)
    case 'findSimilar':
      return findSimilar(queries, ...given)
    case 'resourcePage':
      return resourcePage(queries, ...given)
  }
}
