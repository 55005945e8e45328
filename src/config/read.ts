import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { blindTrust } from '../certificates.ts'
import type { ChatKinds, ConfiguredChat } from '../chat/kind.ts'
import type { LinkConfirm } from '../domain/fetch-link.ts'
import { integrationId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Platform } from '../domain/platform.ts'
import { type Secret, secret } from '../domain/secret.ts'
import { absoluteStore, storeFault, storeJournal } from '../store/address.ts'
import { channelOf, configuredChats, type HeadDestination, headDestination } from './chats.ts'
import { type Meanings, meaningsWith } from './meanings.ts'
import { type Problem, problemsIn } from './problems.ts'
import { type OutboundProxy, proxyOf } from './proxy.ts'
import { type ConfigFileContent, configFile } from './schema.ts'
import { readYaml, type YamlSource } from './yaml.ts'

/** Every decision of the operator, checked once before anything starts. */
export type Config = Omit<ConfigFileContent, 'audit' | 'integrations' | 'link' | 'signIn' | 'journal'> & {
  /** Absent when the database is in memory and no journal is named. */
  readonly journal?: string
  /** The proxy for calls to everything except the vaults. */
  readonly proxy?: OutboundProxy
  /** Signs webhooks; present when a webhook is configured. */
  readonly webhookSecret?: Secret
  readonly link: Omit<ConfigFileContent['link'], 'confirm'> & { readonly confirm: LinkConfirm }
  readonly signIn?: NonNullable<ConfigFileContent['signIn']> & { readonly clientSecret: Secret }
  readonly chats: ReadonlyMap<Platform, ConfiguredChat>
  readonly audit: Omit<ConfigFileContent['audit'], 'headTo'> & { readonly headTo?: HeadDestination }
  readonly integrations: readonly ConfiguredIntegration[]
}
export type ConfiguredIntegration = {
  readonly integration: Integration
  readonly kind: string
  /** The settings of that connector, as its own schema parsed them. */
  readonly params: unknown
}

export type ConfigSource = {
  readonly file: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** All chat platforms. */
  readonly chats: ChatKinds
  /** The schema of the settings of each connector. */
  readonly paramsOf: Readonly<Record<string, z.ZodType>>
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
  const blind = blindTrust(environment)
  if (blind !== undefined) problems.push(`environment: ${blind}`)
  const proxy = proxyOf(environment, (problem) => problems.push(problem))
  const complain = (path: readonly PropertyKey[], message: string) => problems.push(source.complaint(path, message))

  const meanings = meaningsWith(kinds)
  const parsed = configFile(kinds).safeParse(source.content)
  if (!parsed.success) {
    for (const { path, message } of problemsIn(parsed.error, source.content, meanings)) complain(path, message)
    for (const { path, message } of vaultProblems(source.content, paramsOf, meanings)) complain(path, message)
    throw new ConfigError(problems)
  }
  const { integrations, link, signIn, journal, audit, ...rest } = parsed.data
  const fromEnvironment = environmentReader(environment, secrets === 'needed' ? problems : [])
  const chats = configuredChats(parsed.data, kinds, fromEnvironment.needed)
  const at = (path: readonly PropertyKey[]) => (message: string) => complain(path, message)
  const configured = integrations.map((given, index) => {
    const { vault, name, owner, resourceOwner, durations, accessDetails, channel: setting, ...shared } = given
    const channel = setting && channelOf(setting, { chats, kinds, complain: at(['integrations', index, 'channel']) })
    const params = paramsOf.vault?.safeParse(vault)
    if (params && !params.success) {
      for (const { path, message } of problemsIn(params.error, vault, meanings, ['integrations', index, 'vault'])) {
        complain(path, message)
      }
    }
    if (integrations.findIndex((other) => other.name === name) !== index) {
      complain(['integrations', index, 'name'], `"${name}" is used twice; every integration needs a name of its own`)
    }
    const [first, ...others] = [...new Set(durations)].sort((one, other) => one - other)
    const integration: Integration = {
      ...shared,
      id: integrationId(name),
      owners: owner,
      durations: first === undefined ? [shared.decideWithin] : [first, ...others],
      ...(resourceOwner && { resourceOwner }),
      ...(accessDetails && { accessDetails }),
      ...(channel && { channel }),
    }
    return { integration, kind: 'vault', params: params?.data }
  })
  const { headTo: destination, ...otherAudit } = audit
  const headTo = destination && headDestination(destination, { chats, kinds, complain: at(['audit', 'headTo']) })
  const webhookSecret =
    audit.webhook || headTo?.to === 'address'
      ? fromEnvironment.needed(
          'AUDIT_WEBHOOK_SECRET',
          'the key that signs what the receiver gets, 32 random characters or more',
        )
      : undefined
  const confirm = link.confirm ?? (signIn ? 'sign-in' : 'none')
  if (confirm === 'sign-in' && !signIn) {
    complain(['link', 'confirm'], 'sign-in needs an issuer to sign in at; add signIn: { issuer, clientId }')
  }
  const issuer = signIn && {
    ...signIn,
    clientSecret: fromEnvironment.needed('OIDC_CLIENT_SECRET', `the secret of the client at ${signIn.issuer}`),
  }
  const noStore = storeFault(rest.database)
  if (noStore !== undefined) complain(['database'], noStore)
  if (problems.length > 0) throw new ConfigError(problems)
  const base = dirname(file)
  const absolute = (path: string) => (isAbsolute(path) ? path : join(base, path))
  const database = absoluteStore(rest.database, base)
  const noted = journal === undefined ? storeJournal(database) : absolute(journal)
  return {
    ...rest,
    database,
    ...(noted !== undefined && { journal: noted }),
    people: absolute(rest.people),
    integrations: configured,
    link: { ...link, confirm },
    ...(rest.caFile !== undefined && { caFile: absolute(rest.caFile) }),
    ...(proxy && { proxy }),
    ...(issuer && { signIn: issuer }),
    ...(webhookSecret && { webhookSecret }),
    chats,
    audit: { ...otherAudit, ...(headTo && { headTo }) },
  }
}

/** Checks the vaults even when the file has other mistakes, so that one run lists everything. */
const vaultProblems = (
  content: unknown,
  paramsOf: ConfigSource['paramsOf'],
  meanings: Meanings,
): readonly Problem[] => {
  const vaults = z.object({ integrations: z.array(z.object({ vault: z.unknown().optional() })) }).safeParse(content)
  return (vaults.data?.integrations ?? []).flatMap(({ vault }, index) => {
    const params = paramsOf.vault?.safeParse(vault)
    return params?.success === false ? problemsIn(params.error, vault, meanings, ['integrations', index, 'vault']) : []
  })
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
const environmentReader = (environment: ConfigSource['environment'], problems: string[]) => ({
  needed: (name: string, what: string): Secret => {
    const path = environment[`${name}_FILE`]
    try {
      const value = environment[name] ?? (path === undefined ? undefined : readFileSync(path, 'utf8').trim())
      if (value) return secret(value)
      problems.push(`environment: ${name}: missing; set it, or ${name}_FILE, to ${what}`)
    } catch {
      problems.push(`environment: ${name}_FILE: ${path} cannot be read`)
    }
    return secret('')
  },
})
