import type { OutboundProxy } from '../../config/proxy.ts'
import type { Config } from '../../config/read.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok, optional } from '../../findings.ts'
import { openOutbound } from '../../outbound.ts'
import { problemsOfConfig } from '../config/check.ts'
import { absentCredentials } from '../config/credential-places.ts'
import { configuration, vaultsOf } from '../configured.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'
import { CliError } from '../trouble.ts'
import { channelFindings } from './channels.ts'
import { chatFindings, examinersOf } from './chats.ts'
import { databaseFindings } from './database.ts'
import { signInFindings } from './issuer.ts'
import { journalFindings } from './journal.ts'
import { printFindings } from './layout.ts'
import { lookAlikeFindings } from './look-alikes.ts'
import { operatorFindings } from './operators.ts'
import { ownerFindings } from './people.ts'
import { serverFindings } from './postgres.ts'
import { referencesIn } from './references.ts'
import { tagFindings } from './tags.ts'
import { vaultFindings } from './vault.ts'
import { webFindings } from './web.ts'

/** The options of `latchkey doctor`. */
export type DoctorOptions = { readonly config?: string; readonly json?: boolean; readonly all?: boolean }

/** Checks everything that Latchkey depends on, and fails if anything needed is missing. */
export const examine = async (options: DoctorOptions, io: Io): Promise<void> => {
  const findings = await findingsOf(options, io)
  printFindings(io, findings, options)
  const open = findings.filter(({ state }) => state === 'missing').length
  if (open > 0) throw new CliError(open === 1 ? 'one needed thing is missing' : `${open} needed things are missing`)
}

const findingsOf = async (options: DoctorOptions, io: Io): Promise<readonly Finding[]> => {
  const file = configFile(options, io)
  const { problems } = await problemsOfConfig(file, {}, io)
  const complaints = problems.map((problem) => missing('configuration', problem, `latchkey config check -c ${file}`))
  const config = readable(options, io)
  if (!config) return complaints
  const outbound = opened(config)
  if ('state' in outbound) return [...complaints, outbound]
  const { fetch: way } = outbound
  const references = await referencesIn(config.database)
  const examiners = await examinersOf(config, way, references?.conversation)
  const absent = absentCredentials(file, config)
  const all = await Promise.all([
    complaints.length > 0 ? complaints : [ok('configuration', `${file} and ${config.people} are in order`)],
    databaseFindings(config.database),
    serverFindings(config.database),
    journalFindings(config.journal, config.database, Date.now()),
    ...vaultsOf(config).map((vault) => vaultFindings({ ...vault, absent: absent.get(vault.name) }, io)),
    chatFindings(config, examiners),
    ownerFindings(config, examiners),
    operatorFindings(config),
    lookAlikeFindings(config),
    channelFindings(config, examiners),
    tagFindings(config),
    config.signIn ? signInFindings(config.signIn.issuer, way) : [],
    webFindings(config),
    config.proxy ? [proxyFinding(config.proxy)] : [],
  ]).finally(async () => {
    await outbound.close()
    await references?.close()
  })
  return all.flat()
}

const opened = (config: Config) => {
  try {
    return openOutbound(config)
  } catch (error) {
    return missing('caFile', messageOf(error), 'put the certificates of your authority there (PEM)')
  }
}

/** Describes the proxy. NO_PROXY compares names, so a network in it exempts no host. */
const proxyFinding = ({ address, except, authorization }: OutboundProxy): Finding => {
  const found = `${address}${authorization ? ', with user and password,' : ''} for all but the vaults; NO_PROXY: ${except.join(', ') || 'empty'}`
  const networks = except.filter((host) => host.includes('/'))
  if (networks.length === 0) return ok('proxy', found)
  return optional(
    'proxy',
    found,
    `NO_PROXY compares names, not networks: write hosts instead of ${networks.join(', ')}`,
  )
}

/** Reads the configuration without its tokens, so that a missing token does not stop the other checks. */
const readable = (options: DoctorOptions, io: Io) => {
  try {
    return configuration(options, io)
  } catch {
    return undefined
  }
}
