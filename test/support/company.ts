import { createHash, randomUUID } from 'node:crypto'
import type { Deps } from '../../src/app/deps.ts'
import { connectors } from '../../src/connectors/index.ts'
import type { Identity } from '../../src/domain/card.ts'
import { type IntegrationId, instanceId, type PersonId, personId } from '../../src/domain/ids.ts'
import type { Integration, Party } from '../../src/domain/integration.ts'
import type { Resource } from '../../src/domain/resource.ts'
import { seconds, type Timestamp } from '../../src/domain/time.ts'
import { type ChatPlatform, ExternalError, type Person, type Store } from '../../src/ports.ts'

/** Who is who, as an operator changes it while a test runs. */
export type Company = {
  people: string[]
  groups: Record<string, string[]>
  /** Whose first chat account is deactivated. */
  deactivated: string[]
  /** Who has a second one. */
  secondAccounts: string[]
  /** The chat does not answer. */
  isSilent: boolean
}

export const newCompany = (given: Partial<Company> = {}): Company => ({
  people: ['ada', 'grace', 'linus'],
  groups: { engineering: ['ada', 'linus'], platform: ['grace'] },
  deactivated: [],
  secondAccounts: [],
  isSilent: false,
  ...given,
})

export const slackOf = (key: string): Identity => ({ platform: 'slack', tenant: 'T1', subject: `U-${key}` })

type Options = {
  readonly store: Store
  readonly company: Company
  readonly now: () => Timestamp
  readonly integrations: readonly Integration[]
  /** What every vault offers: `include` and `exclude`, and what is lent. */
  readonly scope?: { readonly [Key in 'include' | 'exclude' | 'sshMounts' | 'pkiMounts']?: readonly string[] } & {
    readonly contained?: object
  }
}

/** A Latchkey over a real store, with the real connector of vaults that nobody calls. */
export const latchkeyOf = ({ store, company, now, integrations, scope = {} }: Options): Deps => {
  const clock = { now, sleep: async () => {} }
  const connectorOf = (integration: IntegrationId) =>
    connectors.vault.create({
      params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' }, ...scope },
      ...{ integration, instance: instanceId('instance'), clock },
    })
  return {
    ...{ store, clock, newId: randomUUID, newNonce: randomUUID, random: () => 0, nudge: () => {} },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    directory: directoryOf(company),
    integrations: new Map(
      integrations.map((integration) => [integration.id, { integration, connector: connectorOf(integration.id) }]),
    ),
    platforms: new Map([['slack', slackWith(company)]]),
    troubleAt: () => undefined,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  }
}

const directoryOf = (company: Company): Deps['directory'] => {
  const find = (id: PersonId): Person | undefined =>
    company.people.includes(id)
      ? {
          id,
          name: id,
          identities: [slackOf(id), ...(company.secondAccounts.includes(id) ? [slackOf(`${id}-2`)] : [])],
        }
      : undefined
  const membersOf = (party: Party) => {
    const name = party.slice(party.indexOf(':') + 1)
    return (party.startsWith('group:') ? (company.groups[name] ?? []) : [name]).map(personId)
  }
  return {
    find,
    person: ({ subject }) => find(personId(subject.replace('U-', ''))),
    members: (party) => membersOf(party).filter((id) => find(id)),
    partiesOf: (person) => [
      `person:${person}`,
      ...Object.keys(company.groups).flatMap((group) =>
        membersOf(`group:${group}`).includes(person) ? [`group:${group}` as const] : [],
      ),
    ],
  }
}

/** Says who is deactivated, and shows nothing. */
const slackWith = (company: Company): ChatPlatform => ({
  name: 'slack',
  post: () => fail(),
  update: () => fail(),
  admits: async ({ subject }) => {
    if (company.isSilent) return fail()
    return company.deactivated.includes(subject.replace('U-', ''))
      ? { ok: false, refusal: { code: 'not-admitted', why: 'deactivated' } }
      : { ok: true, value: undefined }
  },
})
const fail = (): never => {
  throw new ExternalError('chat-unreachable', 'Nothing is shown in this test.', { transient: true })
}

/** Makes a secret with its owner tag, and `kv/other/db`, known as discovery does. */
export const discovered = async (
  store: Store,
  integration: IntegrationId,
  path: string,
  ownerTag?: string,
): Promise<Resource> => {
  const tag = (at: string) => (at === path && ownerTag !== undefined ? { ownerTag } : {})
  const secretAt = (at: string) => ({ type: 'secret', path: at, permissions: ['read'], ...tag(at) })
  const now = 0 as Timestamp
  const pass = await store.openPass(integration, { now, since: now, ownerKey: '', roots: ['kv/'] })
  await store.saveLooks(
    pass,
    [{ folder: 'kv/', found: [...new Set([path, 'kv/other/db'])].map(secretAt), folders: [] }],
    now,
  )
  const [found] = await store.findResources([integration], path, 1)
  if (!found) throw new Error(`${path} was not discovered`)
  return found
}
