import type { Config } from '../../config/read.ts'
import { openPeopleFile } from '../../directory/people-file.ts'
import { isUnreachable, type UnreachableReason } from '../../domain/card.ts'
import type { Integration, Party } from '../../domain/integration.ts'
import type { Directory, Person } from '../../ports.ts'
import { refusedText } from '../../views/copy-unreachable.ts'
import { callSlack, type SlackWay } from '../slack-api.ts'
import { type Finding, messageOf, missing, ok, optional, unknown } from './finding.ts'

type Slack = NonNullable<Config['slack']> & SlackWay
/** Why a person gets no message; `no-account` has none that Latchkey serves. */
type Fault = UnreachableReason | 'no-account' | 'no-member'

/** People looked at in one run: Slack lets about a hundred a minute be asked for. */
const mostPeople = 200
const atOnce = 4

/** Whether every owner has an account in chat that gets messages: requests to the others would wait for nobody. */
export const ownerFindings = async (config: Config, way: typeof fetch): Promise<readonly Finding[]> => {
  const { people, integrations } = config
  const slack = config.slack && { ...config.slack, way }
  if (!slack || slack.botToken.reveal() === '') return []
  const directory = await openPeopleFile(people).catch(() => undefined)
  if (!directory) return [] // the configuration's own finding says why
  const parties = integrations.flatMap(({ integration }) => partiesOf(integration))
  const everybody = [...new Set(parties.flatMap((party) => directory.members(party)))]
  const looked = everybody.slice(0, mostPeople)
  try {
    const faults = await faultsOf(slack, directory, looked)
    const rows = integrations.flatMap(({ integration }) => findingsAt(integration, directory, faults))
    const rest = everybody.length - looked.length
    return rest === 0 ? rows : [...rows, unknown('owners', `${rest} more people were not looked at`)]
  } catch (error) {
    return [unknown('owners', `their accounts cannot be looked at: ${messageOf(error)}`)]
  }
}

const partiesOf = ({ owners, resourceOwner }: Integration): readonly Party[] => [
  ...owners,
  ...(resourceOwner?.allow ?? []),
  ...(resourceOwner?.pinned.map(({ owner }) => owner) ?? []),
]

const faultsOf = async (slack: Slack, { find }: Directory, ids: readonly Person['id'][]) => {
  const faults = new Map<Person['id'], Fault>()
  const waiting = [...ids]
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const fault = await faultOf(slack, find(id))
      if (fault) faults.set(id, fault)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return faults
}

const faultOf = async (slack: Slack, person: Person | undefined): Promise<Fault | undefined> => {
  const accounts = (person?.identities ?? []).filter(
    ({ platform, tenant }) => platform === 'slack' && slack.tenants.includes(tenant),
  )
  let fault: Fault = 'no-account'
  for (const { subject } of accounts) {
    const found = await accountFault(slack, subject)
    if (!found) return undefined
    fault = found
  }
  return fault
}

const accountFault = async (slack: Slack, user: string): Promise<Fault | undefined> => {
  const { body } = await callSlack('users.info', slack.botToken, { user }, slack)
  if (body.error === 'user_not_found' || body.error === 'user_not_visible') return 'account-unknown'
  if (!body.ok) throw new Error(`Slack says ${body.error}`)
  const account: Readonly<Record<string, unknown>> = typeof body.user === 'object' && body.user ? { ...body.user } : {}
  if (account.deleted === true) return 'account-deactivated'
  const isNobody = ['is_bot', 'is_stranger', 'is_restricted', 'is_ultra_restricted'].some(
    (key) => account[key] === true,
  )
  return isNobody ? 'no-member' : undefined
}

const others = {
  'no-account': {
    found: 'there is no account of a workspace in slack.tenants',
    remedy: 'write the account into the people file: latchkey people import --from slack prints it',
  },
  'no-member': {
    found: 'the account is of a guest, an app or somebody of another organisation',
    remedy: 'name the account of a full member in the people file',
  },
} as const

const textOf = (fault: Fault) => (isUnreachable(fault) ? refusedText(fault) : others[fault])

/** One row for each party of which nobody gets messages, and for each person in the other parties who does not. */
const findingsAt = (
  integration: Integration,
  directory: Directory,
  faults: ReadonlyMap<Person['id'], Fault>,
): readonly Finding[] => {
  const what = `owners at ${integration.id}`
  const rows = [...new Set(partiesOf(integration))].flatMap((party) => {
    const members = directory.members(party)
    if (members.length === 0) return [missing(what, `nobody is ${party}`, 'add people to it in the people file')]
    const silent = members.flatMap((id) => {
      const fault = faults.get(id)
      return fault ? [{ id, ...textOf(fault) }] : []
    })
    const named = silent.map(({ id, found }) => `${id} (${found})`).join(', ')
    const [first] = silent
    if (!first) return []
    return silent.length === members.length
      ? [missing(what, `nobody in ${party} can be written to: ${named}`, first.remedy)]
      : silent.map(({ id, found, remedy }) => optional(what, `${id} of ${party}: ${found}`, remedy))
  })
  const count = new Set(partiesOf(integration).flatMap((party) => directory.members(party))).size
  return rows.length > 0
    ? rows
    : [ok(what, count === 1 ? 'one person, who gets messages' : `${count} people, who all get messages`)]
}
