import { flow, personLine } from '../../directory/people-edit.ts'
import { isOwnAddress } from '../../domain/address.ts'
import { keys, shortened } from '../people/people-text.ts'
import type { ChatAnswers } from './chats.ts'
import { type Account, isAmong, peopleOf } from './people.ts'
import { value, values } from './values.ts'
import type { VaultAnswers } from './vault-answers.ts'

/** Everything that the questions brought. */
export type Answers = {
  readonly vault: VaultAnswers
  readonly chats: readonly ChatAnswers[]
  readonly owners: readonly Account[]
  readonly requesters: readonly Account[]
  readonly lengths: readonly string[]
  readonly link: string
  readonly name: string
  /** The folder of role_id and secret_id. */
  readonly credentials: string
  /** The people file, as the configuration names it. */
  readonly people: string
  /** Files besides, by name. */
  readonly more: Readonly<Record<string, Uint8Array>>
}

/** The configuration file: what was asked for, and nothing that has a default. */
export const configText = ({ vault, chats, lengths, link, name, credentials, people }: Answers): string =>
  [
    '# The configuration of Latchkey. "latchkey config example" explains every key.',
    `link: { baseUrl: ${value(link)} } # where people's browsers reach Latchkey`,
    `people: ${value(people)} # who is who`,
    ...listenLines(link),
    ...chats.flatMap(({ platform, section }) => [`${platform}:`, ...section]),
    'integrations:',
    `  - name: ${value(name)}`,
    '    requesters: [group:requesters] # who may request',
    '    owner: [group:owners] # who decides',
    '    # resourceOwner: # the owner tag of a secret names who decides; without this no tag is read',
    '    #   key: owner # as in: bao kv metadata put -mount=kv -custom-metadata=owner=owners apps/db',
    '    #   allow: [group:owners] # the owners that a tag may name',
    `    durations: ${values(lengths)}`,
    '    vault:',
    `      internalUrl: ${value(vault.address)}`,
    ...(vault.namespace === undefined ? [] : [`      namespace: ${value(vault.namespace)}`]),
    ...(vault.caFile === undefined ? [] : [`      caFile: ${value(vault.caFile)}`]),
    `      credentials: { folder: ${value(credentials)} } # role_id and secret_id`,
    `      kvMounts: ${values(vault.kvMounts)}`,
    `      transitMounts: ${values(vault.transitMounts)}`,
    '',
  ].join('\n')

/** Where the links lead to this machine without a proxy, the server listens at their port. */
const listenLines = (link: string): readonly string[] => {
  const { protocol, port } = new URL(link)
  if (!isOwnAddress(link) || protocol !== 'http:') return []
  return [`listen: { port: ${port || '80'} } # the port of the links, as no proxy stands before it`]
}

/** The people file with owners and requesters. */
export const peopleText = ({ owners, requesters }: Pick<Answers, 'owners' | 'requesters'>): string => {
  const keyFor = keys()
  const everybody = peopleOf([...owners, ...requesters]).map((person) => ({ ...person, key: keyFor(person.handle) }))
  const keysOf = (account: Account) => everybody.flatMap((one) => (isAmong(one, [account]) ? flow(one.key) : []))
  const group = (accounts: readonly Account[]) => `[${[...new Set(accounts.flatMap(keysOf))].join(', ')}]`
  return [
    '# Who is who. The server reads it again when it changes; latchkey people add adds somebody.',
    'people:',
    ...everybody.map(({ key, name, accounts }) => `  ${personLine({ key, name: shortened(name), accounts })}`),
    'groups:',
    `  owners: ${group(owners)}`,
    `  requesters: ${group(requesters)}`,
    '',
  ].join('\n')
}

/** The environment file with the secrets that were typed. */
export const environmentText = (typed: Readonly<Record<string, string>>): string =>
  [
    '# Secrets of Latchkey, for its environment only. In a shell: set -a; . ./latchkey.env; set +a',
    ...Object.entries(typed).map(([name, secret]) => `${name}=${shellValue(secret)}`),
    '',
  ].join('\n')

/** Quoted only where a shell needs it: other readers of such files keep the quotes. */
const shellValue = (text: string): string => (/^[\w./-][\w./~-]*$/.test(text) ? text : `'${text}'`)
