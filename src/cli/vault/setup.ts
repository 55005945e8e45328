import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { type Admin, type AdminOptions, openAdmin } from './admin.ts'
import { auditWarning } from './audit-device.ts'
import { type CredentialOptions, credentialCommands, writeCredentials } from './credentials.ts'
import { fromConfig } from './from-config.ts'
import { buys, warning } from './policy-text.ts'
import { readPresent } from './present.ts'
import { type SetupOptions, type SetupSettings, setupSettings } from './settings.ts'
import { type Program, type Step, setupSteps } from './steps.ts'
import { tryAsBot } from './try-as-bot.ts'

/** Everything that `latchkey vault setup` can be told. */
export type SetupCommand = SetupOptions &
  CredentialOptions &
  AdminOptions & {
    readonly apply?: boolean
    readonly dryRun?: boolean
    readonly json?: boolean
    readonly program?: Program
    /** A configuration of Latchkey, which says the names, and of which integration. */
    readonly config?: string
    readonly integration?: string
  }

/** Prints the commands, or says what differs, or makes the vault so. What is there and was not named stays. */
export const setUp = async (typed: SetupCommand, io: Io): Promise<void> => {
  const options = fromConfig(typed, io)
  const names = setupSettings(options)
  if (options.renew && options.credentialsDir === undefined && options.kubernetes === undefined)
    throw usageError('--renew: say where the new credentials go, with --credentials-dir FOLDER')
  if (!options.apply && !options.dryRun) return printScript(names, options, io)
  const admin = openAdmin(options, io)
  try {
    const settings = setupSettings(options, await readPresent(admin, names))
    if (options.dryRun) await showDifferences(setupSteps(settings), admin, options, io)
    else await makeSo(settings, admin, options, io)
  } finally {
    await admin.close()
  }
}

const printScript = (settings: SetupSettings, options: SetupCommand, io: Io): void => {
  const program = options.program ?? programIn(io)
  const prefix = program === 'bao' ? 'BAO' : 'VAULT'
  const say = (...lines: readonly string[]) => {
    for (const one of lines) io.say(one)
  }
  say('#!/bin/sh', `# Prepares a vault for Latchkey. Run it as an administrator (${prefix}_ADDR, ${prefix}_TOKEN set);`)
  say('# it may be run again. `latchkey vault setup --apply` does the same. Read before running:')
  say('# It writes the policy and the role whole. Where they were changed since, use --apply, which keeps that.', '#')
  say(...warning(settings).map((one) => `# ${one}`), 'set -eu')
  for (const step of setupSteps(settings)) say('', `# ${step.title}`, step.command(program))
  const credentials = credentialCommands(settings, options, program)
  if (credentials.length > 0) say('', '# the credentials of Latchkey', ...credentials)
  else say('', '# No credentials are made: --credentials-dir FOLDER or --kubernetes NAMESPACE/NAME adds the commands.')
  say('', '# whether anybody can tell afterwards who did what', auditCommand(program))
}

const auditCommand = (program: Program): string =>
  `${program} audit list >/dev/null 2>&1 || echo 'No audit device that you can see: nobody will be able to tell who read what.' >&2`

/** Whichever program's variables are set. */
export const programIn = ({ environment }: Pick<Io, 'environment'>): Program =>
  environment.VAULT_ADDR && !environment.BAO_ADDR ? 'vault' : 'bao'

const showDifferences = async (steps: readonly Step[], admin: Admin, { json }: SetupCommand, io: Io) => {
  const all = []
  for (const step of steps) all.push({ step: step.title, differences: await step.differences(admin) })
  if (json) return io.say(JSON.stringify(all, undefined, 2))
  for (const { step, differences } of all) {
    io.say(`${differences.length === 0 ? '=' : '~'} ${step}`)
    for (const one of differences) io.say(`    ${one}`)
  }
  const open = all.filter(({ differences }) => differences.length > 0).length
  io.say(open === 0 ? 'All is as it should be.' : `${open} of ${all.length} would be changed; nothing was.`)
}

const makeSo = async (settings: SetupSettings, admin: Admin, options: SetupCommand, io: Io): Promise<void> => {
  for (const step of setupSteps(settings)) {
    const differences = await step.differences(admin)
    if (differences.length > 0) await applied(step, admin)
    io.say(`${differences.length > 0 ? '+' : '='} ${step.title}`)
    for (const one of differences) io.say(`    ${one}`)
  }
  const { credentialsDir, kubernetes } = options
  if (credentialsDir !== undefined) {
    io.say(`+ credentials: ${await writeCredentials(admin, settings, { ...options, credentialsDir })}`)
  }
  io.say()
  for (const one of await tryAsBot(admin, settings)) io.say(one)
  const missing = Object.entries(buys).filter(([right]) => !settings.extras.some((extra) => extra === right))
  for (const [right, what] of missing) io.say(`Not asked for: --with ${right}: ${what}.`)
  io.say()
  for (const one of [...warning(settings), ...(await auditWarning(admin))]) io.say(one)
  io.say()
  for (const one of next(settings, admin, options)) io.say(one)
  if (kubernetes !== undefined) {
    io.say('\nThe secret for Kubernetes (makes a secret_id each time it is run):')
    for (const one of credentialCommands(settings, { kubernetes }, options.program ?? programIn(io))) io.say(one)
  }
}

/** Makes it so, and reads it back: a server may keep something else than what it was told. */
const applied = async (step: Step, admin: Admin): Promise<void> => {
  await step.apply(admin)
  const left = await step.differences(admin)
  if (left.length > 0) throw new CliError(`the vault took ${step.title} without a word, but shows: ${left.join('; ')}`)
}

const next = (settings: SetupSettings, admin: Admin, options: SetupCommand): readonly string[] => {
  const { credentialsDir = '/run/secrets/latchkey-vault', unwrapped, kubernetes } = options
  const list = (names: readonly string[]) => `[${names.join(', ')}]`
  const unwrap = options.credentialsDir !== undefined && !unwrapped && kubernetes === undefined
  return [
    ...(unwrap
      ? ['Take the folder to where Latchkey runs, and open the wrapped secret_id there, once:']
      : ['In the configuration of Latchkey, under integrations:']),
    ...(unwrap ? [`  latchkey vault unwrap --credentials-dir ${credentialsDir}`, 'Then, under integrations:'] : []),
    '    vault:',
    `      internalUrl: ${admin.address}`,
    ...(admin.namespace === undefined ? [] : [`      namespace: ${admin.namespace}`]),
    `      credentials: { folder: ${credentialsDir} }`,
    `      namePrefix: ${settings.prefix}`,
    `      kvMounts: ${list(settings.kvMounts)}`,
    `      transitMounts: ${list(settings.transitMounts)}`,
    `      userpassMount: ${settings.userpassMount}`,
    `      approleMount: ${settings.appRole.mount}`,
    `      approleRole: ${settings.appRole.role}`,
  ]
}
