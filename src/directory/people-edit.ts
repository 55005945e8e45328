import { isDeepStrictEqual } from 'node:util'
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml'

/** A person to add to a people file. */
export type NewPerson = {
  readonly key: string
  readonly name: string
  /** The account, under its platform. */
  readonly platform: string
  readonly account: string
  readonly groups: readonly string[]
}

/** A person of the file, and the groups to join. */
export type Joining = Pick<NewPerson, 'key' | 'groups'>

/** One more account of a person of the file. */
export type NewAccount = Pick<NewPerson, 'key' | 'platform' | 'account'>

/** A text to insert at a place of the file. */
type Insertion = { readonly at: number; readonly text: string }

/**
 * The text of a people file with one more person. Everything else stays as it is written, comments and order included;
 * only where the file is written in another way than usual is the whole of it formatted anew.
 */
export const withPerson = (text: string, person: NewPerson): string => withEntries(text, person, person)

/** The same for a person who is there already, and joins groups. */
export const withMember = (text: string, joining: Joining): string => withEntries(text, joining)

/** The same for one more account of a person who is there already. */
export const withAccount = (text: string, { key, platform, account }: NewAccount): string => {
  const wanted = parseDocument(text)
  const entry = ['people', key]
  const accounts = wanted.getIn([...entry, platform])
  if (isSeq(accounts)) accounts.add(wanted.createNode(account))
  else wanted.setIn([...entry, platform], wanted.createNode([account]))
  const line = afterLast(parseDocument(text).getIn(entry), text, `${platform}: [${account}]`)
  return edited(text, isSeq(accounts) ? undefined : line && [line], wanted)
}

const withEntries = (text: string, joining: Joining, person?: NewPerson): string => {
  const wanted = changed(parseDocument(text), joining, person)
  return edited(text, insertionsFor(parseDocument(text), text, joining, person), wanted)
}

/** The text with the insertions, if that is what is wanted; else the wanted content, formatted anew. */
const edited = (text: string, insertions: readonly Insertion[] | undefined, wanted: Document): string => {
  const inserted = insertions && applied(text, insertions)
  const isRight = inserted !== undefined && isDeepStrictEqual(parseDocument(inserted).toJS(), wanted.toJS())
  return isRight ? inserted : wanted.toString({ lineWidth: 0 })
}

const changed = (document: Document, { key, groups }: Joining, person?: NewPerson): Document => {
  if (person) {
    const { name, platform, account } = person
    document.setIn(['people', key], document.createNode({ name, [platform]: [account] }))
  }
  for (const group of groups) {
    const members = document.getIn(['groups', group])
    if (!isSeq(members)) document.setIn(['groups', group], document.createNode([key]))
    else members.add(document.createNode(key))
  }
  return document
}

/** Where the person belongs in a file that is written line by line; `undefined` in any other. */
const insertionsFor = (
  document: Document,
  text: string,
  { key, groups }: Joining,
  person?: NewPerson,
): readonly Insertion[] | undefined => {
  const people = person
    ? [
        afterLast(
          document.get('people'),
          text,
          personLine({ ...person, accounts: { [person.platform]: person.account } }),
        ),
      ]
    : []
  const added = groups.map((group) => joining(document, text, group, key))
  const all = [...people, ...joined(added, text)]
  return all.every((one) => one !== undefined) ? all : undefined
}

/** A person as one line below `people:`. */
export const personLine = ({ key, name, accounts }: Line): string =>
  `${flow(key)}: { name: ${flow(name)}${Object.entries(accounts)
    .map(([platform, one]) => `, ${platform}: [${one}]`)
    .join('')} }`

type Line = Pick<NewPerson, 'key' | 'name'> & {
  /** One account for each platform. */
  readonly accounts: Readonly<Record<string, string>>
}

/** A text as a value between braces or brackets: quoted unless it is plain words. */
export const flow = (text: string): string =>
  /^\p{L}[\p{L}\d .'-]*$/u.test(text) && parseDocument(text).toJS() === text ? text : JSON.stringify(text)

const joining = (document: Document, text: string, group: string, key: string): Insertion | undefined | string => {
  const groups = document.get('groups')
  if (groups === undefined) return `  ${group}: [${key}]\n`
  const members = isMap(groups) ? groups.get(group, true) : undefined
  if (members === undefined) return afterLast(groups, text, `${group}: [${key}]`)
  if (!isSeq(members) || !members.range) return undefined
  const last = members.items.at(-1)
  const end = isScalar(last) ? last.range?.[1] : undefined
  if (members.flow) return { at: end ?? members.range[0] + 1, text: end === undefined ? key : `, ${key}` }
  const start = isScalar(last) ? last.range?.[0] : undefined
  if (start === undefined || end === undefined) return undefined
  const dash = text.slice(text.lastIndexOf('\n', start) + 1, start)
  return { at: endOfLine(text, end), text: `\n${dash}${key}` }
}

/** Groups of a file without any become one section at its end. */
const joined = (
  added: readonly (Insertion | undefined | string)[],
  text: string,
): readonly (Insertion | undefined)[] => {
  const lines = added.filter((one) => typeof one === 'string')
  const others = added.filter((one) => typeof one !== 'string')
  if (lines.length === 0) return others
  return [...others, { at: text.length, text: `${text.endsWith('\n') ? '' : '\n'}groups:\n${lines.join('')}` }]
}

/** An entry after the last one of a map: between braces, or on a line of its own with the same indentation. */
const afterLast = (map: unknown, text: string, line: string): Insertion | undefined => {
  const last = isMap(map) ? map.items.at(-1) : undefined
  const begin = isScalar(last?.key) ? last.key.range?.[0] : undefined
  const end = endOf(last)
  if (!isMap(map) || begin === undefined || end === undefined) return undefined
  if (map.flow) return { at: end, text: `, ${line}` }
  const indent = text.slice(text.lastIndexOf('\n', begin) + 1, begin)
  return { at: endOfLine(text, end), text: `\n${indent}${line}` }
}

/** The end of the last value inside, without comments that follow it. */
const endOf = (pair: YAMLMap['items'][number] | undefined): number | undefined => {
  const value = pair?.value
  if (isMap(value) && !value.flow) return endOf(value.items.at(-1))
  if (isSeq(value) && !value.flow) {
    const last = value.items.at(-1)
    return isScalar(last) || isMap(last) || isSeq(last) ? last.range?.[1] : undefined
  }
  return isScalar(value) || isMap(value) || isSeq(value) ? value.range?.[1] : undefined
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', text[from - 1] === '\n' ? from - 1 : from)
  return end === -1 ? text.length : end
}

const applied = (text: string, insertions: readonly Insertion[]): string =>
  insertions
    .toReversed() // of two at one place, the first stands first
    .sort((one, other) => other.at - one.at)
    .reduce((done, { at, text: more }) => done.slice(0, at) + more + done.slice(at), text)
