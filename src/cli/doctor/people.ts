import { chatKinds } from '../../chat/index.ts'
import type { AccountFault } from '../../chat/kind.ts'
import type { Config } from '../../config/read.ts'
import { openPeopleFile } from '../../directory/people-file.ts'
import { isUnreachable } from '../../domain/card.ts'
import type { Integration, Party } from '../../domain/integration.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok, optional, unknown } from '../../findings.ts'
import type { Directory, Person } from '../../ports.ts'
import { refusedText } from '../../views/copy-unreachable.ts'
import type { Examiners } from './chats.ts'

/** Why a person gets no message. `no-account`: the person has no account that Latchkey serves. */
type Fault = AccountFault | 'no-account'

/** The most people checked in one run: Slack allows about a hundred lookups a minute. */
const mostPeople = 200
const atOnce = 4

/** Checks that every owner has a chat account that receives messages: otherwise a request could wait for nobody. */
export const ownerFindings = async (
  { people, pipelines, integrations }: Config,
  examiners: Examiners,
): Promise<readonly Finding[]> => {
  if (examiners.size === 0) return []
  const directory = await openPeopleFile(people, chatKinds, pipelines).catch(() => undefined)
  if (!directory) return [] // the finding on the configuration says why
  const parties = integrations.flatMap(({ integration }) => partiesOf(integration))
  const everybody = [...new Set(parties.flatMap((party) => directory.members(party)))]
  const looked = everybody.slice(0, mostPeople)
  try {
    const faults = await faultsOf(examiners, directory, looked)
    const rows = integrations.flatMap(({ integration }) => findingsAt(integration, directory, faults))
    const rest = everybody.length - looked.length
    return rest === 0 ? rows : [...rows, unknown('owners', `${rest} more people were not checked`)]
  } catch (error) {
    return [unknown('owners', `their accounts cannot be checked: ${messageOf(error)}`)]
  }
}

const partiesOf = ({ owners, resourceOwner }: Integration): readonly Party[] => [
  ...owners,
  ...(resourceOwner?.allow ?? []),
  ...(resourceOwner?.pinned.map(({ owner }) => owner) ?? []),
]

const faultsOf = async (examiners: Examiners, { find }: Directory, ids: readonly Person['id'][]) => {
  const faults = new Map<Person['id'], Fault>()
  const waiting = [...ids]
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const fault = await faultOf(examiners, find(id))
      if (fault) faults.set(id, fault)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return faults
}

/** A person with at least one account that receives messages has no fault. */
const faultOf = async (examiners: Examiners, person: Person | undefined): Promise<Fault | undefined> => {
  let fault: Fault = 'no-account'
  for (const account of person?.identities ?? []) {
    const examiner = examiners.get(account.platform)
    if (!examiner?.serves(account)) continue
    const found = await examiner.account(account)
    if (!found) return undefined
    fault = found
  }
  return fault
}

const others = {
  'no-account': {
    found: 'the person has no account in an organisation that Latchkey serves',
    remedy: 'add the account to the people file: latchkey people import prints it',
  },
  'no-member': {
    found: 'the account belongs to a guest, an app or another organisation',
    remedy: 'name the account of a full member in the people file',
  },
} as const

const textOf = (fault: Fault) => (isUnreachable(fault) ? refusedText(fault) : others[fault])

/** One row for each party in which nobody receives messages, and for each unreachable person in the other parties. */
const findingsAt = (
  integration: Integration,
  directory: Directory,
  faults: ReadonlyMap<Person['id'], Fault>,
): readonly Finding[] => {
  const what = `owners at ${integration.id}`
  const rows = [...new Set(partiesOf(integration))].flatMap((party) => {
    const members = directory.members(party)
    if (members.length === 0) return [missing(what, `${party} has no members`, 'add people to it in the people file')]
    const silent = members.flatMap((id) => {
      const fault = faults.get(id)
      return fault ? [{ id, ...textOf(fault) }] : []
    })
    const named = silent.map(({ id, found }) => `${id} (${found})`).join(', ')
    const [first] = silent
    if (!first) return []
    return silent.length === members.length
      ? [missing(what, `nobody in ${party} can receive messages: ${named}`, first.remedy)]
      : silent.map(({ id, found, remedy }) => optional(what, `${id} of ${party}: ${found}`, remedy))
  })
  const count = new Set(partiesOf(integration).flatMap((party) => directory.members(party))).size
  return rows.length > 0
    ? rows
    : [ok(what, count === 1 ? 'one person, who gets messages' : `${count} people, who all get messages`)]
}
