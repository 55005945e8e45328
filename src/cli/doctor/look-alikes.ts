import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Config } from '../../config/read.ts'
import { readYaml } from '../../config/yaml.ts'
import { type Finding, missing, optional } from '../../findings.ts'

/**
 * Finds entries of the people file that seem to be one human with accounts on different chats. Latchkey takes them for
 * two people, so that one could decide on what the other asked for. Nothing is found in a file that cannot be read.
 */
export const lookAlikeFindings = async ({ people }: Pick<Config, 'people'>): Promise<readonly Finding[]> => {
  try {
    return lookAlikes(await readFile(people, 'utf8'), people)
  } catch {
    return [] // the finding on the configuration says why
  }
}

const written = z.object({ people: z.record(z.string(), z.record(z.string(), z.unknown())) })

/** One entry of the file. */
type Entry = {
  readonly key: string
  readonly name: string
  readonly email: string
  readonly platforms: readonly string[]
}

const mostRows = 20

/** The same for the text of a people file. */
export const lookAlikes = (text: string, file: string): readonly Finding[] => {
  const entries = Object.entries(written.parse(readYaml(text, file).content).people).map(entryOf)
  const byEmail = pairsBy(entries, ({ email }) => email)
  const told = new Set(byEmail.map(keysOf))
  const byName = pairsBy(entries, ({ name }) => name).filter((pair) => !told.has(keysOf(pair)))
  const rows = [
    ...byEmail.map((all) => missing('people', `${textOf(all)} have the same e-mail address`, remedyFor(all))),
    ...byName.map((all) => optional('people', `${textOf(all)} have the same name`, remedyFor(all))),
  ]
  const rest = rows.length - mostRows
  if (rest <= 0) return rows
  return [...rows.slice(0, mostRows), optional('people', `${rest} more entries look alike`, 'join the others first')]
}

const entryOf = ([key, { name, email, oidc: _, ...accounts }]: [string, Readonly<Record<string, unknown>>]): Entry => ({
  ...{ key, name: folded(name), email: folded(email) },
  platforms: Object.entries(accounts).flatMap(([platform, all]) =>
    Array.isArray(all) && all.length > 0 ? [platform] : [],
  ),
})

/** Without differences of case, of width and of blanks. */
const folded = (text: unknown): string =>
  typeof text === 'string' ? text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim() : ''

/** Entries with one mark, of which two have no chat in common: two people of one chat may well have one name. */
const pairsBy = (entries: readonly Entry[], mark: (entry: Entry) => string): readonly (readonly Entry[])[] => {
  const alike = Map.groupBy(
    entries.filter((entry) => mark(entry) !== '' && entry.platforms.length > 0),
    mark,
  )
  return [...alike.values()].filter((all) => all.some((one) => all.some((other) => areApart(one, other))))
}

const areApart = (one: Entry, other: Entry): boolean => !one.platforms.some((each) => other.platforms.includes(each))

const keysOf = (all: readonly Entry[]): string => all.map(({ key }) => key).join(' ')

const textOf = (all: readonly Entry[]): string =>
  all.map(({ key, platforms }) => `${key} (${platforms.join(', ')})`).join(' and ')

const remedyFor = ([first]: readonly Entry[]): string =>
  `if this is one person, join the entries: put every account under ${first?.key ?? 'one key'}, and delete the others; ` +
  'else one account could approve what the other asked for'
