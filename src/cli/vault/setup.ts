import type { Io } from '../io.ts'
import { folded } from '../table.ts'
import { CliError, usageError } from '../trouble.ts'
import { type Admin, type AdminOptions, openAdmin } from './admin.ts'
import { lentLines } from './attach-only.ts'
import { auditWarning } from './audit-device.ts'
import { type CredentialOptions, credentialCommands, writeCredentials } from './credentials.ts'
import { databaseAdvice } from './database-advice.ts'
import { fromConfig } from './from-config.ts'
import { tokenCredentials } from './login-steps.ts'
import { olderSecretIds } from './older-secret-ids.ts'
import { buys, warning } from './policy-text.ts'
import { readPresent } from './present.ts'
import { aboutSecretIds, type SetupOptions, type SetupSettings, setupSettings } from './settings.ts'
import { unwrapCommand } from './setup-command.ts'
import { type Program, type Step, setupSteps } from './steps.ts'
import { tryAsBot, tryAsRole } from './try-as-bot.ts'

/** The options of `latchkey vault setup`. */
export type SetupCommand = SetupOptions &
  CredentialOptions &
  AdminOptions & {
    readonly apply?: boolean
    readonly dryRun?: boolean
    readonly json?: boolean
    readonly program?: Program
    /** A configuration of Latchkey with the names, and the integration in it. */
    readonly config?: string
    readonly integration?: string
    /** The configuration has this set-up already, so its lines are not printed. */
    readonly isConfigured?: boolean
  }

/** Prints the commands, lists the differences, or applies the set-up. Settings that no option names stay. */
export const setUp = async (typed: SetupCommand, io: Io): Promise<void> => {
  const options = fromConfig(typed, io)
  const names = setupSettings(options, 'unread')
  refuseStray(names, options)
  if (options.renew && options.credentialsDir === undefined && options.kubernetes === undefined)
    throw usageError('--renew: name the place of the new credentials with --credentials-dir FOLDER')
  if (!options.apply && !options.dryRun) return printScript(setupSettings(options), options, io)
  const admin = openAdmin(options, io)
  try {
    const settings = setupSettings(options, await readPresent(admin, names))
    if (options.dryRun) await showDifferences(setupSteps(settings), admin, options, io)
    else await makeSo(settings, admin, options, io)
  } finally {
    await admin.close()
  }
}

/** In a cluster a projected token is better than a stored secret_id. */
const proposal = ({ login }: SetupSettings, options: SetupCommand, io: Pick<Io, 'environment'>): readonly string[] => {
  const isInCluster =
    io.environment.KUBERNETES_SERVICE_HOST !== undefined ||
    options.kubernetes !== undefined ||
    /\.svc(\.[a-z.]+)?(:\d+)?$/.test(options.address ?? '')
  return login.way !== 'approle' || options.login !== undefined || !isInCluster
    ? []
    : [
        'Where Latchkey runs in the cluster of this vault, it needs no secret_id. Better log in with its own token:',
        '  --login kubernetes --service-account NAMESPACE/NAME (the account of its pod).',
      ]
}

/** A token has no secret_id that could be put anywhere. */
const refuseStray = ({ login }: SetupSettings, options: SetupCommand): void => {
  if (login.way === 'approle') return
  const stray = [
    ['--credentials-dir', options.credentialsDir],
    ['--kubernetes', options.kubernetes],
    ['--secret-id-ttl', options.secretIdTtl],
    ['--secret-id-uses', options.secretIdUses],
  ].find(([, value]) => value !== undefined)
  if (stray) throw usageError(`${stray[0]}: --login ${login.way} needs no secret_id, so leave it out`)
}

const printScript = (settings: SetupSettings, options: SetupCommand, io: Io): void => {
  const program = options.program ?? programIn(io)
  const prefix = program === 'bao' ? 'BAO' : 'VAULT'
  const say = (...lines: readonly string[]) => {
    for (const one of lines) io.say(one)
  }
  say(
    '#!/bin/sh',
    `# Prepares a vault for Latchkey. Run it as an administrator (with ${prefix}_ADDR and ${prefix}_TOKEN set);`,
  )
  say('# running it again is safe. `latchkey vault setup --apply` does the same. Read this first:')
  say('# It replaces the whole policy and role. --apply keeps later changes to them.', '#')
  say(...warning(settings).map((one) => `# ${one}`), 'set -eu')
  say(...proposal(settings, options, io).map((one) => `# ${one}`))
  for (const step of setupSteps(settings)) say('', `# ${step.title}`, step.command(program))
  const credentials = credentialCommands(settings, options, program)
  if (credentials.length > 0) say('', '# the credentials of Latchkey', ...credentials)
  else if (settings.login.way !== 'approle')
    say(
      '',
      `# No credentials are needed. In the configuration: credentials: ${tokenCredentials(settings, settings.login)}`,
    )
  else say('', '# No credentials are made: --credentials-dir FOLDER or --kubernetes NAMESPACE/NAME adds the commands.')
  say('', '# checks that an audit device records who did what', auditCommand(program))
  if (settings.lent && options.config === undefined)
    say('', ...['Then add to the integration:', '    vault:', ...lentLines(settings.lent)].map((one) => `# ${one}`))
}

const auditCommand = (program: Program): string =>
  `${program} audit list >/dev/null 2>&1 || echo 'You can see no audit device: without one, nobody can tell who read what.' >&2`

/** The program whose variables are set. */
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
  io.say(
    open === 0
      ? 'Everything is as it should be.'
      : `${open} of ${all.length} steps would change something; nothing was changed.`,
  )
}

const makeSo = async (settings: SetupSettings, admin: Admin, options: SetupCommand, io: Io): Promise<void> => {
  const say = (text: string) => {
    for (const one of folded(text, io.width)) io.say(one)
  }
  for (const step of setupSteps(settings)) {
    const differences = await step.differences(admin)
    if (differences.length > 0) await applied(step, admin)
    say(`${differences.length > 0 ? '+' : '='} ${step.title}`)
    for (const one of differences) say(`    ${one}`)
  }
  const { login } = settings
  const older = login.way === 'approle' ? await olderSecretIds(admin, settings, options) : []
  const { credentialsDir, kubernetes } = options
  if (credentialsDir !== undefined) {
    say(`+ credentials: ${await writeCredentials(admin, settings, { ...options, credentialsDir })}`)
  }
  io.say()
  // What comes below is needed even where the login fails, so the failure ends the command last.
  const tried = await (login.way === 'approle' ? tryAsBot(admin, settings) : tryAsRole(admin, settings)).catch(
    (error: unknown) => ({ error }),
  )
  if (!('error' in tried)) for (const one of tried) say(one)
  const missing = Object.entries(buys).filter(
    ([right]) =>
      !options.isConfigured &&
      (login.way === 'approle' || !aboutSecretIds(right)) &&
      !(settings.lent && needless.has(right)) &&
      !settings.extras.some((extra) => extra === right),
  )
  for (const [right, what] of missing) say(`Optional right not chosen: --with ${right}: ${what}.`)
  io.say()
  const advice = await databaseAdvice(admin, settings)
  for (const one of [...warning(settings), ...(await auditWarning(admin)), ...advice, ...older]) say(one)
  io.say()
  for (const one of proposal(settings, options, io)) say(one)
  if (!options.isConfigured) for (const one of next(settings, admin, options)) io.say(one)
  if (kubernetes !== undefined) {
    io.say('\nThe secret for Kubernetes (each run makes a new secret_id):')
    for (const one of credentialCommands(settings, { kubernetes }, options.program ?? programIn(io))) io.say(one)
  }
  if ('error' in tried) throw tried.error
}

/** Rights that a bot has anyway, or does not use, where it only lends. */
const needless: ReadonlySet<string> = new Set(['list-policies', 'revoke-tokens', 'workloads'])

/** Applies a step and reads it back: a server may keep something else than it was told. */
const applied = async (step: Step, admin: Admin): Promise<void> => {
  await step.apply(admin)
  const left = await step.differences(admin)
  if (left.length > 0)
    throw new CliError(`the vault accepted ${step.title} without an error, but shows: ${left.join('; ')}`)
}

/** What a login offers is the operator's decision, so its lines are a beginning. */
const workloadLines = ({ workloadsMount, workloadMounts = [] }: SetupSettings): readonly string[] => {
  const others = workloadMounts.filter((mount) => mount !== workloadsMount)
  return [
    '      workloads:',
    ...(workloadsMount === undefined ? [] : [`        approleMount: ${workloadsMount}`]),
    ...others.flatMap((mount) => [
      '        # one of these two, with your own namespaces or claims:',
      `        # kubernetes: [{ mount: ${mount}, audience: vault, namespaces: [NAMESPACE] }]`,
      `        # jwt: [{ mount: ${mount}, audience: AUDIENCE, claims: [repository, ref, environment] }]`,
    ]),
  ]
}

const next = (settings: SetupSettings, admin: Admin, options: SetupCommand): readonly string[] => {
  const { credentialsDir = '/run/secrets/latchkey-vault', unwrapped, kubernetes } = options
  const { login } = settings
  const list = (names: readonly string[]) => `[${names.join(', ')}]`
  const at = { internalUrl: admin.address, namespace: admin.namespace, caFile: admin.caFile }
  const named = { ...settings, namePrefix: settings.prefix, approleMount: settings.appRole.mount }
  const command = unwrapCommand({ ...named, ...at, approleRole: settings.appRole.role }, credentialsDir)
  const unwrap = options.credentialsDir !== undefined && !unwrapped && kubernetes === undefined
  return [
    ...(unwrap
      ? ['Move the folder to the machine of Latchkey, and unwrap the secret_id there, once:']
      : ['In the configuration of Latchkey, under integrations:']),
    ...(unwrap ? [`  ${command}`, 'Then, under integrations:'] : []),
    '    vault:',
    `      internalUrl: ${admin.address}`,
    ...(admin.caFile === undefined ? [] : [`      caFile: ${admin.caFile}`]),
    ...(admin.namespace === undefined ? [] : [`      namespace: ${admin.namespace}`]),
    `      credentials: ${login.way === 'approle' ? `{ folder: ${credentialsDir} }` : tokenCredentials(settings, login)}`,
    `      namePrefix: ${settings.prefix}`,
    `      kvMounts: ${list(settings.kvMounts)}`,
    `      transitMounts: ${list(settings.transitMounts)}`,
    ...(['database', 'ssh', 'pki'] as const).flatMap((engine) => {
      const mounts = settings[`${engine}Mounts`] ?? []
      return mounts.length === 0 ? [] : [`      ${engine}Mounts: ${list(mounts)}`]
    }),
    ...(settings.lent ? [] : [`      userpassMount: ${settings.userpassMount}`]),
    ...(login.way === 'approle'
      ? [`      approleMount: ${settings.appRole.mount}`, `      approleRole: ${settings.appRole.role}`]
      : []),
    ...(settings.extras.includes('workloads') && !settings.lent ? workloadLines(settings) : []),
    ...(settings.lent ? lentLines(settings.lent) : []),
  ]
}
