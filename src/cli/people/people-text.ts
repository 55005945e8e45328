import { writeYaml } from '../../config/yaml.ts'
import { freeKey } from '../../domain/person-key.ts'
import type { Platform } from '../../domain/platform.ts'
import { printable } from '../../terminal.ts'
import type { Io } from '../io.ts'

/** A chat account. */
export type Member = {
  /** As in the people file: `TENANT/SUBJECT`. */
  readonly identity: string
  readonly handle: string
  readonly name: string
  readonly email?: string
  /** Why the account is not among the people. */
  readonly leftOut?: 'bot' | 'deactivated' | 'guest' | 'of another organisation'
}
export type Group = { readonly handle: string; readonly name: string; readonly users: readonly string[] }

/** What a chat knows; `platform` is its key in the people file. */
type Found = {
  readonly source: string
  readonly platform: Platform
  readonly members: readonly Member[]
  readonly groups: readonly Group[]
}

/**
 * Writes a people file. It omits bots and deactivated accounts. A guest becomes a comment, as an operator may want it.
 */
export const peopleText = ({ source, platform, members, groups }: Found): string => {
  const keyFor = keys()
  const kept = members.filter(({ leftOut }) => leftOut === undefined)
  const keyOf = new Map(kept.map((member) => [subjectOf(member), keyFor(member.handle)]))
  const people = kept.map((member) => {
    const { name, email, identity } = member
    return entry({
      [keyOf.get(subjectOf(member)) ?? '']: { name: shortened(name), ...(email && { email }), [platform]: [identity] },
    })
  })
  const mentioned = members.filter(({ leftOut }) => leftOut === 'guest' || leftOut === 'of another organisation')
  const groupKey = keys()
  return [
    `# People of ${printable(source)}. Review it: members of a group may decide on requests, or make them.`,
    '# The server reads it again when it changes. An approval is as secure as the chat account.',
    kept.length === 0 ? 'people: {}' : 'people:',
    ...people,
    ...mentioned.map((one) => `  # left out, ${one.leftOut}: ${printable(one.name)} (${printable(one.identity)})`),
    groups.length === 0 ? 'groups: {}' : 'groups:',
    ...groups.flatMap((group) => groupLines(group, groupKey(group.handle), keyOf)),
    '',
  ].join('\n')
}

/** Says how many people there are, and who is left out. */
export const noteCounts = ({ members, groups }: Pick<Found, 'members' | 'groups'>, io: Pick<Io, 'note'>): void => {
  const kept = members.filter(({ leftOut }) => leftOut === undefined).length
  io.note(`${kept} people and ${groups.length} groups. Review it before use.`)
  const kinds = leftOutKinds(members)
  if (kinds !== '') io.note(`Left out, because Latchkey serves only active full members: ${kinds}.`)
}

const leftOutKinds = (members: readonly Member[]): string => {
  const reasons = members.flatMap(({ leftOut }) => leftOut ?? [])
  return [...new Set(reasons)].map((reason) => `${reasons.filter((one) => one === reason).length} ${reason}`).join(', ')
}

const groupLines = (group: Group, key: string, keyOf: ReadonlyMap<string, string>): readonly string[] => {
  const inside = group.users.flatMap((user) => keyOf.get(user) ?? [])
  const missing = group.users.filter((user) => !keyOf.has(user))
  return [
    `  # @${printable(group.handle)}: ${printable(group.name)}`,
    ...(missing.length > 0 ? [`  # without ${missing.map(printable).join(', ')}, who are left out`] : []),
    `  ${key}: [${inside.join(', ')}]`,
  ]
}

const entry = (value: object): string => writeYaml(value).trimEnd().replace(/^/gm, '  ')
const subjectOf = ({ identity }: Member): string => identity.slice(identity.indexOf('/') + 1)
/** A name as long as the people file takes it. */
export const shortened = (name: string): string => [...name].slice(0, 80).join('')

/** Makes keys of lower case letters, digits and hyphens, each used once. */
export const keys = () => {
  const used = new Set<string>()
  return (text: string): string => {
    const key = freeKey(text, (each) => used.has(each))
    used.add(key)
    return key
  }
}
