import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { readYaml, type YamlSource } from '../config/yaml.ts'
import type { Identity } from '../domain/card.ts'
import { type PersonId, personId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import { messageOf } from '../domain/message-of.ts'
import { type Pipeline, pipelineName, pipelinePerson } from '../domain/pipeline.ts'
import type { Directory, Person } from '../ports.ts'
import { OidcLink } from './oidc-link.ts'

/** The form of an account in the file, for each chat platform by its key. */
export type AccountKinds = Readonly<Record<string, { readonly account: z.ZodType<Identity> }>>

/**
 * The people file: each person's accounts, and the groups. It is the default directory: reviewed, offline, testable.
 */
const peopleFile = (chats: AccountKinds) => {
  const kinds: readonly (readonly [string, z.ZodType<Identity>])[] = [
    ...Object.entries(chats).map(([key, { account }]) => [key, account] as const),
    ['oidc', OidcLink],
  ]
  const person = z
    .strictObject({
      ...Object.fromEntries(kinds.map(([key, account]) => [key, z.array(account).default([])])),
      name: z.string().min(1).max(80),
      email: z.email().optional(),
    })
    .transform(({ name, email: _, ...accounts }) => ({ name, accounts: Object.entries<readonly Identity[]>(accounts) }))
  return z.strictObject({
    people: z.record(
      z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'use lower case letters, digits and "-" for a person\'s key'),
      person,
      {
        error: ({ code }) =>
          code === 'invalid_type'
            ? 'write who is who below "people:"; latchkey people import prints a first version'
            : undefined,
      },
    ),
    groups: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), z.array(z.string())).default({}),
  })
}
type PeopleFile = z.output<ReturnType<typeof peopleFile>>

export type ReloadOutcome =
  | { readonly kind: 'same' }
  | { readonly kind: 'loaded'; readonly hash: string; readonly people: number; readonly before: Directory }
  | { readonly kind: 'rejected'; readonly problem: string }

export type PeopleFileDirectory = Directory & {
  /** Reads the file again; an invalid file changes nothing. The same problem is reported once. */
  reload(): Promise<ReloadOutcome>
}

/**
 * Opens the people file. The pipelines of the configuration are requesters in its groups, too. Throws every problem, by
 * line, if the file is invalid.
 */
export const openPeopleFile = async (
  file: string,
  chats: AccountKinds,
  pipelines: readonly Pipeline[] = [],
): Promise<PeopleFileDirectory & { readonly hash: string }> => {
  const text = await readFile(file, 'utf8')
  let lastSeen = sha256(text)
  let snapshot = parse(text, file, chats, pipelines)
  let inUse = lastSeen
  return {
    hash: lastSeen,
    fingerprint: () => inUse,
    ...directoryOf(() => snapshot),
    reload: async () => {
      const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error)
      const hash = text instanceof Error ? text.message : sha256(text)
      if (hash === lastSeen) return { kind: 'same' }
      lastSeen = hash
      if (text instanceof Error) return { kind: 'rejected', problem: `${file} cannot be read: ${text.message}` }
      try {
        const old = snapshot
        snapshot = parse(text, file, chats, pipelines)
        inUse = hash
        return { kind: 'loaded', hash, people: snapshot.byId.size, before: directoryOf(() => old) }
      } catch (error) {
        return { kind: 'rejected', problem: messageOf(error) }
      }
    },
  }
}

type Snapshot = {
  readonly byId: ReadonlyMap<PersonId, Person>
  readonly byIdentity: ReadonlyMap<string, Person>
  members(party: Party): readonly PersonId[]
  partiesOf(person: PersonId): readonly Party[]
}

const directoryOf = (snapshot: () => Snapshot): Directory => ({
  person: ({ platform, tenant, subject }) => snapshot().byIdentity.get(`${platform}/${tenant}/${subject}`),
  find: (id) => snapshot().byId.get(id),
  members: (party) => snapshot().members(party),
  partiesOf: (person) => snapshot().partiesOf(person),
})

/** The directory of a text. Throws every problem, by line. */
export const peopleIn = (text: string, file: string, chats: AccountKinds): Directory => {
  const snapshot = parse(text, file, chats)
  return { fingerprint: () => sha256(text), ...directoryOf(() => snapshot) }
}

const parse = (text: string, file: string, chats: AccountKinds, pipelines: readonly Pipeline[] = []): Snapshot => {
  const source = readYaml(text, file)
  const result = peopleFile(chats).safeParse(source.content)
  if (!result.success) {
    throw new Error(result.error.issues.map((issue) => source.complaint(issue.path, complaintOf(issue))).join('\n'))
  }
  return snapshotOf(result.data, source, pipelines)
}

/** zod puts the reason for a wrong key one level deeper than its sentence. */
const complaintOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message

const snapshotOf = (
  { people, groups }: PeopleFile,
  { complaint }: YamlSource,
  pipelines: readonly Pipeline[],
): Snapshot => {
  const byId = new Map<PersonId, Person>()
  const byIdentity = new Map<string, Person>()
  const problems: string[] = []
  for (const [key, { name, accounts }] of Object.entries(people)) {
    const person = { id: personId(key), name, identities: accounts.flatMap(([, identities]) => identities) }
    byId.set(person.id, person)
    for (const [platform, identities] of accounts) {
      identities.forEach((identity, index) => {
        const address = `${identity.platform}/${identity.tenant}/${identity.subject}`
        const other = byIdentity.get(address)
        if (other)
          problems.push(complaint(['people', key, platform, index], `${address} already belongs to ${other.id}`))
        byIdentity.set(address, person)
      })
    }
  }
  const inGroups = new Map<string, readonly PersonId[]>()
  for (const [group, keys] of Object.entries(groups)) {
    keys.forEach((key, index) => {
      if (byId.has(personId(key))) return
      problems.push(complaint(['groups', group, index], `"${key}" is not under people`))
    })
    inGroups.set(group, keys.map(personId))
  }
  for (const pipeline of pipelines)
    addPipeline(pipeline, { byId, inGroups, complain: (...at) => problems.push(complaint(...at)) })
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return {
    byId,
    byIdentity,
    members: (party) => {
      const name = party.slice(party.indexOf(':') + 1)
      if (party.startsWith('group:')) return inGroups.get(name) ?? []
      return byId.has(personId(name)) ? [personId(name)] : []
    },
    partiesOf: (person) => [
      ...(byId.has(person) ? [`person:${person}` as const] : []),
      ...[...inGroups].flatMap(([group, members]) => (members.includes(person) ? [`group:${group}` as const] : [])),
    ],
  }
}

type Growing = {
  readonly byId: Map<PersonId, Person>
  readonly inGroups: Map<string, readonly PersonId[]>
  readonly complain: (...at: Parameters<YamlSource['complaint']>) => void
}

/** A pipeline is a member of its groups, which must exist: a misspelt one would let it ask nowhere. */
const addPipeline = (pipeline: Pipeline, { byId, inGroups, complain }: Growing): void => {
  const id = pipelinePerson(pipeline)
  if (byId.has(id)) complain(['people', id], `"${id}" is the pipeline "${pipeline.key}" of the configuration`)
  byId.set(id, { id, name: pipelineName(pipeline), identities: [], isPipeline: true })
  for (const group of new Set(pipeline.groups)) {
    const members = inGroups.get(group)
    if (members) inGroups.set(group, [...members, id])
    else complain(['groups'], `the pipeline "${pipeline.key}" needs the group "${group}"; add it here, as ${group}: []`)
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
