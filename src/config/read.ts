import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { blindTrust } from '../certificates.ts'
import type { ChatKinds, ConfiguredChat, ReadSecret } from '../chat/kind.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { LinkConfirm } from '../domain/fetch-link.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Platform } from '../domain/platform.ts'
import { type Secret, secret } from '../domain/secret.ts'
import { type StorePlace, storeJournal } from '../store/address.ts'
import { configuredChats, type HeadDestination, headDestination } from './chats.ts'
import { databasePlace } from './database.ts'
import {
  type ConfiguredIntegration,
  type ConnectorSettings,
  configuredIntegrations,
  problemsOfVaults,
} from './integrations.ts'
import { meaningsWith } from './meanings.ts'
import { pipelineFaults } from './pipelines.ts'
import { problemsIn } from './problems.ts'
import { type OutboundProxy, proxyOf } from './proxy.ts'
import { type ConfigFileContent, configFile } from './schema.ts'
import { settingsIn } from './settings.ts'
import { readYaml, type YamlSource } from './yaml.ts'

/** Keys with another form after the environment and the other keys were read. */
type Replaced = 'audit' | 'database' | 'dataFolder' | 'events' | 'integrations' | 'link' | 'signIn' | 'journal'

/** Every decision of the operator, checked once before anything starts. */
export type Config = Omit<ConfigFileContent, Replaced> & {
  readonly database: StorePlace
  /** Absent when the database is in memory and no journal is named. */
  readonly journal?: string
  /** The proxy for calls to everything except the vaults. */
  readonly proxy?: OutboundProxy
  /** Signs webhooks; present when a webhook is configured. */
  readonly webhookSecret?: Secret
  readonly events?: { readonly url: string; readonly secret: Secret }
  readonly link: Omit<ConfigFileContent['link'], 'confirm'> & { readonly confirm: LinkConfirm }
  readonly signIn?: NonNullable<ConfigFileContent['signIn']> & { readonly clientSecret: Secret }
  /** All chat platforms; those that are configured stand in `chats`. */
  readonly chatKinds: ChatKinds
  readonly chats: ReadonlyMap<Platform, ConfiguredChat>
  readonly audit: Omit<ConfigFileContent['audit'], 'headTo'> & { readonly headTo?: HeadDestination }
  readonly integrations: readonly ConfiguredIntegration[]
  /** What the file says, in words for the audit log. */
  readonly asWritten: Configuration
}

export type ConfigSource = {
  readonly file: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** All chat platforms. */
  readonly chats: ChatKinds
  readonly paramsOf: ConnectorSettings
  /** `ignored` for commands that use no token: missing tokens are no problem and stay empty. */
  readonly secrets?: 'needed' | 'ignored'
}

/** Lists every problem at once, each with file, line, key and what to write instead. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Latchkey cannot start with this configuration:\n  ${problems.join('\n  ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Reads the file and the environment. Throws `ConfigError`; makes no network call. */
export const readConfig = ({ file, environment, chats: kinds, paramsOf, secrets = 'needed' }: ConfigSource): Config => {
  const source = sourceOf(file)
  const problems: string[] = []
  const complain = (path: readonly PropertyKey[], message: string) =>
    void problems.push(source.complaint(path, message))
  const blind = blindTrust(environment)
  if (blind !== undefined) problems.push(`environment: ${blind}`)
  const proxy = proxyOf(environment, (problem) => problems.push(problem))
  const meanings = meaningsWith(kinds)
  const parsed = configFile(kinds).safeParse(source.content)
  if (!parsed.success) {
    const mistakes = problemsIn(parsed.error, source.content, meanings)
    const others = problemsOfVaults(source.content, paramsOf, meanings)
    for (const { path, message } of [...mistakes, ...others]) complain(path, message)
    throw new ConfigError(problems)
  }
  const { integrations, link, signIn, database, dataFolder, journal, audit, events, ...rest } = parsed.data
  const secretOf = environmentReader(environment, secrets === 'needed' ? problems : [])
  const chats = configuredChats(parsed.data, kinds, secretOf)
  const configured = configuredIntegrations(integrations, { chats, kinds, paramsOf, meanings, complain })
  const auditing = auditOf(
    audit,
    { chats, kinds, complain: (message) => complain(['audit', 'headTo'], message) },
    secretOf,
  )
  const confirming = confirmingOf(link, signIn, secretOf, complain)
  for (const [path, fault] of signInFaults(parsed.data)) complain(path, fault)
  if (rest.operatorsFolder !== undefined && rest.operators === undefined) complain(['operatorsFolder'], needsRoles)
  for (const { path, message } of pipelineFaults({ ...rest, integrations: configured })) complain(path, message)
  const base = dirname(file)
  const { place, faults } = databasePlace({ database, dataFolder, base, environment })
  for (const { key, message } of faults) key ? complain([key], message) : problems.push(message)
  const receiver = events && { ...events.webhook, secret: secretOf('EVENTS_WEBHOOK_SECRET', signingKey) }
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    ...{
      ...rest,
      ...confirming,
      ...auditing,
      database: place,
      ...placesOf(rest, journal ?? storeJournal(place), base),
    },
    ...(proxy && { proxy }),
    ...(receiver && { events: receiver }),
    integrations: configured,
    asWritten: settingsIn(source.content, source.text),
    chatKinds: kinds,
    chats,
  }
}

const signingKey = 'the key that signs what the receiver gets, 32 random characters or more'

const needsRoles = 'needs operators, which says what other users of this machine may do; add it, or remove the folder'

/** The destinations of the audit log, and the key that signs what goes to a webhook. */
const auditOf = (
  { headTo: destination, ...audit }: ConfigFileContent['audit'],
  border: Parameters<typeof headDestination>[1],
  secretOf: ReadSecret,
): Pick<Config, 'audit' | 'webhookSecret'> => {
  const headTo = destination && headDestination(destination, border)
  const isSigned = audit.webhook !== undefined || headTo?.to === 'address'
  return {
    audit: { ...audit, ...(headTo && { headTo }) },
    ...(isSigned && { webhookSecret: secretOf('AUDIT_WEBHOOK_SECRET', signingKey) }),
  }
}

/** What a link asks of its person, and the issuer at which people sign in. */
const confirmingOf = (
  link: ConfigFileContent['link'],
  signIn: ConfigFileContent['signIn'],
  secretOf: ReadSecret,
  complain: (path: readonly PropertyKey[], message: string) => void,
): Pick<Config, 'link' | 'signIn'> => {
  const confirm = link.confirm ?? (signIn ? 'sign-in' : 'none')
  if (confirm === 'sign-in' && !signIn) {
    complain(['link', 'confirm'], 'sign-in needs an issuer to sign in at; add signIn: { issuer, clientId }')
  }
  const clientSecret = signIn && secretOf('OIDC_CLIENT_SECRET', `the secret of the client at ${signIn.issuer}`)
  return { link: { ...link, confirm }, ...(signIn && clientSecret && { signIn: { ...signIn, clientSecret } }) }
}

/** What needs an issuer, and what must not be mistaken for its ID tokens. */
const signInFaults = ({ api, terminal, signIn }: ConfigFileContent): (readonly [readonly string[], string])[] => {
  const needsIssuer = 'needs an issuer; add signIn: { issuer, clientId }'
  const isIdTokens = api !== undefined && api.audience === signIn?.clientId
  return [
    ...(api && !signIn ? [[['api'], needsIssuer] as const] : []),
    ...(terminal.deviceCode && !signIn ? [[['terminal', 'deviceCode'], needsIssuer] as const] : []),
    ...(isIdTokens
      ? [[['api', 'audience'], 'name the API, not the client of signIn: else its ID tokens would count'] as const]
      : []),
  ]
}

/** Every path of the file as an absolute one; `base` is the folder of the file. */
const placesOf = (
  { people, caFile, operatorsFolder }: Pick<ConfigFileContent, 'people' | 'caFile' | 'operatorsFolder'>,
  journal: string | undefined,
  base: string,
): Pick<Config, 'people' | 'caFile' | 'journal' | 'operatorsFolder'> => {
  const absolute = (path: string) => (isAbsolute(path) ? path : join(base, path))
  return {
    people: absolute(people),
    ...(journal !== undefined && { journal: absolute(journal) }),
    ...(caFile !== undefined && { caFile: absolute(caFile) }),
    ...(operatorsFolder !== undefined && { operatorsFolder: absolute(operatorsFolder) }),
  }
}

const sourceOf = (file: string): YamlSource => {
  try {
    return readYaml(readFileSync(file, 'utf8'), file)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error
    const remedy = `${file}: cannot be read; set LATCHKEY_CONFIG to the configuration file`
    throw new ConfigError([isMissing ? remedy : messageOf(error)])
  }
}

/** Reads `NAME`, else the file that `NAME_FILE` names (for mounted secrets). */
const environmentReader =
  (environment: ConfigSource['environment'], problems: string[]): ReadSecret =>
  (name, what, fault = () => undefined) => {
    const path = environment[`${name}_FILE`]
    try {
      const value = environment[name] ?? (path === undefined ? undefined : readFileSync(path, 'utf8').trim())
      const wrong = value && (value.includes('…') ? 'this is an example' : fault(value))
      if (wrong) problems.push(`environment: ${name}: ${wrong}; set it, or ${name}_FILE, to ${what}`)
      if (value) return secret(value)
      problems.push(`environment: ${name}: missing; set it, or ${name}_FILE, to ${what}`)
    } catch {
      problems.push(`environment: ${name}_FILE: ${path} cannot be read`)
    }
    return secret('')
  }
