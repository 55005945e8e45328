import type { Party } from '../domain/integration.ts'
import type { Lent } from '../domain/lent.ts'
import type { Resource } from '../domain/resource.ts'
import { type NameOf, partyText } from './copy-states.ts'
import { plainText } from './copy-time.ts'
import { nameMarks, visible } from './names.ts'
import type { Option } from './view-model.ts'

/** A resource on offer, and who decides on it. */
export type Offered = {
  readonly resource: Resource
  /** The owners in words, such as "group payments"; absent when nobody could decide. */
  readonly owner?: string | undefined
  /** What outlasts an access to it, by permission. */
  readonly outlasts?: ReadonlyMap<string, readonly string[]>
  /** What would be lent for each permission, where the bot only lends; a permission that is missing cannot be asked for. */
  readonly lends?: ReadonlyMap<string, Lent> | undefined
}

/** The permissions that can be asked for. */
export const askable = ({ resource, lends }: Offered): readonly string[] =>
  resource.permissions.filter((permission) => lends === undefined || lends.has(permission))

/** Why nothing about a resource can be asked for; `undefined` when something can. */
export const hindrance = (offered: Offered): string | undefined => {
  if (offered.resource.obstacle !== undefined) return offered.resource.obstacle
  return offered.lends && askable(offered).length === 0 ? 'no policy that Latchkey may lend gives it' : undefined
}

/** Owners in words, for places without mentions. */
export const ownerText = (owners: readonly Party[], nameOf: NameOf): string | undefined =>
  owners.length === 0 ? undefined : owners.map((party) => plainText([partyText(party, nameOf)])).join(' or ')

/** The characters of a path that every platform's menu shows completely. */
export const wholeInMenus = 60

/** A resource as an entry of the list; `first` is said before anything else about it. */
export const resourceOption = (offered: Offered, first?: string): Option => ({
  label: visible(offered.resource.path),
  value: offered.resource.id,
  hint: optionHint(offered, first),
})

const optionHint = (offered: Offered, first?: string): string => {
  const { resource, owner } = offered
  const { path, type, description } = resource
  const obstacle = hindrance(offered)
  if (obstacle) return `${type}: cannot be granted, ${obstacle}`
  if (nameMarks(path).length > 0) return `${type}: look twice, it may be taken for another name`
  // The menu of a long path needs the room for the path itself.
  const more = path.length > wholeInMenus ? [] : [owner && `owner: ${owner}`, description && visible(description)]
  return [first, type, ...more].filter((part) => part).join(' · ')
}

/** The list while a person types: the requestable matches; or, if there are none, why the matches are not. */
export const resourceOptions = (found: readonly Offered[], first?: string): Option[] => {
  const grantable = found.filter((one) => hindrance(one) === undefined)
  return (grantable.length > 0 ? grantable : found.slice(0, 5))
    .slice(0, 100)
    .map((offered) => resourceOption(offered, first))
}

/** The list before anything is typed: what the person asks for again and again, then all the rest. */
export const startOptions = (
  usual: readonly (Offered & { readonly times: number })[],
  all: readonly Offered[],
): Option[] => {
  const known = new Set(usual.map(({ resource }) => resource.id))
  const rest = resourceOptions(all.filter(({ resource }) => !known.has(resource.id)))
  return [...usual.map((one) => resourceOption(one, timesText(one.times))), ...rest].slice(0, 100)
}

const timesText = (times: number): string => (times === 1 ? 'asked before' : `asked ${times} times`)

/** Said of each entry when only mistyped words explain it. */
export const meantText = 'did you mean this?'

/** Why a list is empty, and what to do. */
export const emptyText = {
  nothing: ['Nothing can be asked for here yet.', 'Ask an administrator: “latchkey doctor” says why.'],
  looking: ['Latchkey is still looking through this vault.', 'Try again in a minute.'],
} as const

/** An entry that only shows a text, because a list has no other place; choosing it has no effect. */
export const sayingOption = (label: string, hint?: string): Option => ({
  label,
  value: 'nothing',
  ...(hint && { hint }),
})

/** No text of others may end the quotation around it, and go on as if we spoke. */
const unquoted = (text: string): string => text.replace(/["“”„‟«»‹›]/g, '’')

/** What each chosen resource is, to be read below the field. The description is only what somebody wrote at the vault. */
export const chosenText = (chosen: readonly Offered[]): string =>
  chosen
    .map(({ resource: { path, type, description }, owner }) => {
      const said = description ? ` Described as “${unquoted(visible(description))}”.` : ''
      return `${visible(path)}: ${owner ? `owner ${owner}` : type}.${said}`
    })
    .join(' ')
