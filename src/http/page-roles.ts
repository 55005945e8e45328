import { rolesFor } from '../control/roles.ts'
import type { Needed } from '../domain/operator-role.ts'

/** Whom a page is for: anybody, who holds its link or signs in as its person, or operators with one of these roles. */
export type PageNeeds = 'nothing' | 'its link' | 'its person' | Needed

/** Every page and probe, by the beginning of its path; the longest one counts. The API has its own table. */
export const pageNeeds: Readonly<Record<string, PageNeeds>> = {
  '/healthz': 'nothing',
  '/readyz': 'nothing',
  '/request': 'nothing',
  '/terminal': 'nothing',
  '/fetch': 'its link',
  '/fetch/access': 'its person',
  '/fetch/alarm': 'its person',
  '/fetch/terminal': 'its person',
  '/fetch/code': 'its person',
  '/access': 'its person',
  '/access/operators': rolesFor.operators,
  '/access/operators/end': rolesFor.revoke,
}

/** What a page needs; `undefined` for one that nobody thought of. */
export const needsOf = (path: string): PageNeeds | undefined => {
  const known = Object.keys(pageNeeds).filter((start) => path === start || path.startsWith(`${start}/`))
  const longest = known.toSorted((one, other) => other.length - one.length)[0]
  return longest === undefined ? undefined : pageNeeds[longest]
}

/** Refuses to start with a page whose needs nobody wrote down. The API checks its calls by its own table. */
export const refuseUnknownPages = (routes: readonly { readonly path: string }[]): void => {
  const own = routes.filter(({ path }) => path !== '/*' && !path.startsWith('/api/v1'))
  const unknown = own.find(({ path }) => needsOf(path) === undefined)
  if (unknown) throw new Error(`the page ${unknown.path} has no entry in page-roles.ts`)
}
