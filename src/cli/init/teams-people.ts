import { join } from 'node:path'
import { teamsExaminer } from '../../chat/teams/doctor.ts'
import { account, type TeamsSettings, teamsName } from '../../chat/teams/settings.ts'
import type { Identity } from '../../domain/card.ts'
import { referencesIn } from '../doctor/references.ts'
import { askedAbout } from '../people/look-up.ts'
import { CliError } from '../trouble.ts'
import type { ChatAnswers } from './chats.ts'
import { type Account, type NamedMember, personBefore } from './people.ts'

/** How people of Teams are named. */
export const teamsNaming: ChatAnswers['naming'] = [
  'accounts in Microsoft Teams',
  '   Each as "OBJECT-ID Name"; entra.microsoft.com has the object id under Users.',
  '   Teams lists nobody before they wrote to Latchkey. Others come later, from',
  '   "latchkey people import --from teams" or with their first message.',
]

/** Whether a word begins with an id of Entra. */
export const isTeamsAccount = (word: string): boolean => /^\s*[\da-f]{8}-[\da-f]{4}-/i.test(word)

type Teams = {
  readonly settings: TeamsSettings
  readonly way: typeof fetch
  /** The folder of the configuration. */
  readonly folder: string
}

/** Reads accounts with their names. Only whoever wrote to Latchkey before can be looked up. */
export const teamsPeople = (teams: Teams): ChatAnswers['named'] => {
  const known = new Map<string, NamedMember>()
  return async (text, before) => {
    const entries = text.split(',').flatMap((one) => one.trim() || [])
    if (entries.length === 0) throw new CliError('name at least one person')
    const found: NamedMember[] = []
    for (const entry of entries) {
      const [word = '', ...rest] = entry.split(/\s+/)
      const said = accountOf(teams.settings, word)
      const identity = `${said.tenant}/${said.subject}`
      const called = rest.join(' ')
      const there = called === '' ? known.get(identity) : undefined
      const all = [...known.values(), ...found]
      found.push(there ?? { identity, ...(await nameOf(teams, { said, word, called, before, all })) })
    }
    for (const member of found) known.set(member.identity, member)
    return found
  }
}

const accountOf = ({ tenant, tenants }: TeamsSettings, word: string): Identity => {
  const { data } = account.safeParse(word.includes('/') ? word : `${tenant}/${word}`)
  if (!data) throw new CliError(`${word}: write an object id and a name, such as ${example}`)
  if (tenants.includes(data.tenant)) return data
  throw new CliError(`${word} is of another tenant than the bot, so Latchkey would refuse the person`)
}

const example = '33333333-3333-3333-3333-333333333333 Database administrator'

type Said = {
  readonly said: Identity
  readonly word: string
  /** What stands behind the account. */
  readonly called: string
  readonly before: readonly Account[]
  /** Whoever was named here in Teams. */
  readonly all: readonly NamedMember[]
}

const nameOf = async (
  teams: Teams,
  { said, word, called, before, all }: Said,
): Promise<Omit<NamedMember, 'identity'>> => {
  const found = await lookUp(teams, said)
  if (called.startsWith('@')) {
    const others = before.filter(({ platform }) => platform !== teamsName)
    const { handle, name } = personBefore(called.slice(1), others)
    const other = all.find(({ of, identity }) => of === handle && identity !== `${said.tenant}/${said.subject}`)
    if (other === undefined) return { handle, name, of: handle }
    throw new CliError(`@${handle} has the account ${other.identity} already`)
  }
  const name = called || found?.name
  if (name !== undefined) return { handle: called || found?.handle || name, name }
  throw new CliError(`${word}: write the name behind it; Teams tells it only after the person wrote to Latchkey`)
}

/** Asks Teams, where a server ran here before and the person wrote to it. */
const lookUp = async ({ settings, way, folder }: Teams, said: Identity) => {
  if (settings.credential.value.reveal() === '') return undefined
  const references = await referencesIn(join(folder, 'data/latchkey.sqlite')) // the default of the configuration
  try {
    const conversationOf = references?.conversation
    return await askedAbout(teamsExaminer({ ...settings, way, conversationOf }), said)
  } finally {
    await references?.close()
  }
}
