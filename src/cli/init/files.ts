import { flow, personLine } from '../../directory/people-edit.ts'
import { isOwnAddress } from '../../domain/address.ts'
import { keys, type Member, shortened } from '../people/people-text.ts'
import type { SlackAnswers } from './slack-answers.ts'
import type { VaultAnswers } from './vault-answers.ts'

/** Everything that the questions brought. */
export type Answers = {
  readonly vault: VaultAnswers
  readonly slack: SlackAnswers
  readonly owners: readonly Member[]
  readonly requesters: readonly Member[]
  readonly lengths: readonly string[]
  readonly link: string
  readonly name: string
  /** The folder of role_id and secret_id. */
  readonly credentials: string
  /** The people file, as the configuration names it. */
  readonly people: string
}

/** A text as a value, also between brackets. */
const value = (given: string): string => (/^[\w./:@-]+$/.test(given) ? given : JSON.stringify(given))
const values = (given: readonly string[]): string => `[${given.map(value).join(', ')}]`

/** The configuration file: what was asked for, and nothing that has a default. */
export const configText = ({ vault, slack, lengths, link, name, credentials, people }: Answers): string =>
  [
    '# The configuration of Latchkey. "latchkey config example" explains every key.',
    `link: { baseUrl: ${value(link)} } # where people's browsers reach Latchkey`,
    `people: ${value(people)} # who is who`,
    ...listenLines(link),
    'slack:',
    `  mode: ${slack.mode}`,
    `  tenants: ${values([slack.tenant])} # members of others are refused`,
    ...(slack.apiUrl === undefined ? [] : [`  apiUrl: ${value(slack.apiUrl)}`]),
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
  const everybody = new Map([...owners, ...requesters].map((member) => [member.identity, member]))
  const keyOf = new Map([...everybody].map(([identity, { handle }]) => [identity, keyFor(handle)]))
  const group = (members: readonly Member[]) =>
    `[${members.flatMap(({ identity }) => flow(keyOf.get(identity) ?? identity)).join(', ')}]`
  return [
    '# Who is who. The server reads it again when it changes; latchkey people add adds somebody.',
    'people:',
    ...[...everybody].map(([identity, { name }]) => {
      const key = keyOf.get(identity) ?? identity
      return `  ${personLine({ key, name: shortened(name), platform: 'slack', account: identity })}`
    }),
    'groups:',
    `  owners: ${group(owners)}`,
    `  requesters: ${group(requesters)}`,
    '',
  ].join('\n')
}

/** The environment file with the tokens that were typed. */
export const environmentText = ({ typed }: SlackAnswers): string =>
  [
    '# Secrets of Latchkey, for its environment only. In a shell: set -a; . ./latchkey.env; set +a',
    ...Object.entries(typed).map(([name, token]) => `${name}=${token.reveal()}`),
    '',
  ].join('\n')
