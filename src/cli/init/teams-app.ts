import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { z } from 'zod'
import { newTokens } from '../../chat/teams/connector/entra-token.ts'
import { tokenRemedy } from '../../chat/teams/doctor.ts'
import { type TeamsSettings, teamsSection, teamsSettings } from '../../chat/teams/settings.ts'
import { systemClock } from '../../clock.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { causeOf } from '../../findings.ts'
import { ExternalError } from '../../ports.ts'
import { CliError, usageError } from '../trouble.ts'
import type { Asker } from './answers.ts'
import type { Surroundings } from './chats.ts'
import { later, newSecrets, type Secrets } from './secrets.ts'

/** The section of the configuration, as it is written. */
export type Section = z.input<typeof teamsSection>

/** The application of the bot. */
export type App = {
  readonly section: Section
  /** With an empty credential where none is there yet. */
  readonly settings: TeamsSettings
  readonly typed: Secrets['typed']
  /** Whether the server will have its credential. */
  readonly hasCredential: boolean
}

/** One value of the section. Throws what to write instead. */
export const checked = (name: 'app' | 'tenant' | 'serviceUrl' | 'simulatorUrl', text: string): string => {
  const { error } = teamsSection.shape[name].safeParse(text)
  if (error) throw new CliError(error.issues[0]?.message ?? 'write another value')
  return name === 'app' || name === 'tenant' ? text.toLowerCase() : text
}

/** Entra knows no such application or tenant, so another secret would not help. */
class UnknownApp extends Error {}

/** The codes of Entra for that. */
const unknownApp = new Set(['AADSTS700016', 'AADSTS90002', 'AADSTS900023'])

/** Asks for the application until Entra gives out a token for it, or until its credential is left for later. */
export const askForApp = async (ask: Asker, surroundings: Surroundings): Promise<App> => {
  const { options, io } = surroundings
  let before: Partial<Record<'app' | 'tenant', string>> = {}
  for (;;) {
    const app = await askForId(ask, 'app', '--app-id', 'Application (client) id', options.appId, before.app)
    const tenant = await askForId(ask, 'tenant', '--tenant', 'Directory (tenant) id', options.tenant, before.tenant)
    try {
      return await withCredential(ask, surroundings, { app, tenant })
    } catch (error) {
      if (!(error instanceof UnknownApp)) throw error
      if (options.appId !== undefined && options.tenant !== undefined)
        throw usageError(`--app-id and --tenant: ${error.message}`)
      io.note(`  ${error.message}`)
      before = { app, tenant }
    }
  }
}

const askForId = (
  ask: Asker,
  name: 'app' | 'tenant',
  option: string,
  text: string,
  given: string | undefined,
  proposal: string | undefined,
): Promise<string> =>
  ask({ option, given, text: `   ${text}`, proposal, isNeeded: true, read: (typed) => checked(name, typed) })

const withCredential = async (
  ask: Asker,
  { options, io, way }: Surroundings,
  ids: Pick<Section, 'app' | 'tenant'>,
): Promise<App> => {
  const isSet = (name: string) => Boolean(io.environment[name] || io.environment[`${name}_FILE`])
  const kind = await kindOf(ask, options, isSet)
  const { serviceUrl, simulatorUrl } = options
  const section: Section = {
    ...ids,
    credential: kind,
    ...(serviceUrl !== undefined && { serviceUrl }),
    ...(simulatorUrl !== undefined && { simulatorUrl }),
  }
  const secrets = newSecrets(ask, io)
  const prove = (value: string) => proven(section, value, way)
  const askForFile = (): Promise<Secret | undefined> =>
    ask({
      option: '--certificate',
      given: options.certificate,
      text: '   File with the certificate and its private key (PEM)',
      proposal: later,
      read: async (file) => {
        if (file === later) return undefined
        const path = resolve(file)
        const pem = pemIn(path)
        await prove(pem)
        secrets.keep('TEAMS_APP_CERTIFICATE_FILE', path)
        return secret(pem)
      },
    })
  const name = kind === 'secret' ? 'TEAMS_APP_SECRET' : 'TEAMS_APP_CERTIFICATE'
  const isAsked = kind === 'secret' || (isSet(name) && options.certificate === undefined)
  const value = await (isAsked ? secrets.ask(name, 'Client secret, its value', prove) : askForFile())
  if (value) io.note('   Entra gives out a token for it.')
  return {
    ...{ section, typed: secrets.typed, hasCredential: value !== undefined || isSet(name) },
    settings: teamsSettings(teamsSection.parse(section), () => value ?? secret('')),
  }
}

const kindOf = async (
  ask: Asker,
  { credential, certificate }: Surroundings['options'],
  isSet: (name: string) => boolean,
): Promise<'secret' | 'certificate'> => {
  if (credential !== undefined) return credential
  if (certificate !== undefined) return 'certificate'
  if (isSet('TEAMS_APP_SECRET')) return 'secret'
  if (isSet('TEAMS_APP_CERTIFICATE')) return 'certificate'
  return ask({
    option: '--credential',
    text: '   Its credential: secret or certificate',
    proposal: 'secret',
    read: (text) => {
      if (text === 'secret' || text === 'certificate') return text
      throw new CliError('write secret or certificate')
    },
  })
}

const pemIn = (path: string): string => {
  if (/['\p{Cc}]/u.test(path)) throw new CliError('write a path without quotes')
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new CliError(`${path} cannot be read (${code})`)
  }
}

/** Gets a token with this credential. Throws why Entra gives out none, and what to do. */
const proven = async (section: Section, value: string, way: typeof fetch): Promise<void> => {
  const settings = teamsSettings(teamsSection.parse(section), (name, _what, fault) => {
    if (name === 'TEAMS_APP_SECRET' && !/^[!-&(-~]+$/.test(value))
      throw new CliError('a client secret has no blanks, quotes and letters with accents')
    const wrong = fault?.(value)
    if (wrong !== undefined) throw new CliError(wrong)
    return secret(value)
  })
  try {
    await newTokens({ settings, fetch: way, clock: systemClock }).current()
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    if (unknownApp.has(error.code)) throw new UnknownApp(error.message)
    throw new CliError(`${causeOf(error)}; ${tokenRemedy(error, settings)}`)
  }
}
