import { namePatterns } from '../../connectors/vault/names.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { type Admin, openAdmin } from './admin.ts'
import { fromConfig } from './from-config.ts'
import { look, removeAll, stopBot, targetOf } from './kill-all.ts'
import { killScript } from './kill-script.ts'
import { type SetupSettings, setupSettings } from './settings.ts'
import { programIn, type SetupCommand } from './setup.ts'
import { line } from './shell.ts'
import type { Program } from './steps.ts'

/** What the removal leaves, printed each time. */
const stays = ({ kvMounts, transitMounts }: SetupSettings): readonly string[] => [
  'What stays: the data mounts and their contents',
  `(${[...kvMounts, ...transitMounts].map((mount) => `${mount}/`).join(', ')}; they are never removed), one identity entity and alias for`,
  'each person who ever had access (identity/entity/id), audit devices, the files with credentials on other machines',
  '(worthless now), and the database of Latchkey.',
]

/** Undoes `latchkey vault setup`: prints the commands, lists what would go, or does it. */
export const removeSetup = async (typed: SetupCommand & { readonly yes?: boolean }, io: Io): Promise<void> => {
  const options = { ...typed, ...fromConfig(typed, io) }
  const settings = setupSettings(options, 'unread')
  if (!options.apply && !options.dryRun) return io.say(removeScript(settings, options.program ?? programIn(io)))
  const admin = openAdmin(options, io)
  try {
    const plan = await planOf(settings, admin)
    for (const one of plan.lines) io.say(`- ${one}`)
    if (options.dryRun) return io.say('Nothing was removed.')
    await confirm(options, io)
    await carryOut(plan, settings, admin)
    io.say('\nEverything is removed.')
    for (const one of stays(settings)) io.say(one)
  } finally {
    await admin.close()
  }
}

const pattern = (settings: SetupSettings, hasUsers = !settings.lent) =>
  targetOf({
    ...{ prefix: [settings.prefix], lentRole: settings.lent?.settings.roles.map(({ name }) => name) ?? [] },
    ...(hasUsers && { usersMount: [settings.userpassMount] }),
  })

type Plan = {
  readonly found: Awaited<ReturnType<typeof look>>
  /** Mounts that contain only our objects. */
  readonly mounts: readonly string[]
  readonly lines: readonly string[]
}

const planOf = async (settings: SetupSettings, admin: Admin): Promise<Plan> => {
  const { appRole, login, userpassMount, prefix, isDedicated, policy, workloadsMount } = settings
  const methods = await admin.read('sys/auth')
  const isThere = (mount: string) => typeof methods === 'object' && methods !== null && `${mount}/` in methods
  const found =
    isThere(userpassMount) || settings.lent ? await look(admin, pattern(settings, isThere(userpassMount))) : []
  const roles = isThere(appRole.mount) ? await admin.list('auth', appRole.mount, 'role') : []
  const users = isThere(userpassMount) ? await admin.list('auth', userpassMount, 'users') : []
  const foreignRoles = roles.filter((role) => role !== appRole.role)
  const foreignUsers = users.filter((user) => !namePatterns(prefix).user.test(user))
  const workloads = workloadsMount !== undefined && isThere(workloadsMount) ? workloadsMount : undefined
  const jobs = workloads === undefined ? [] : await admin.list('auth', workloads, 'role')
  const foreignJobs = jobs.filter((role) => !namePatterns(prefix).policy.test(role))
  const own = (mount: string, foreign: readonly string[]) => isDedicated && isThere(mount) && foreign.length === 0
  const mounts = [
    // Others may rely on the configuration of a Kubernetes or JWT method, so it stays.
    ...(login.way === 'approle' && own(appRole.mount, foreignRoles) ? [appRole.mount] : []),
    ...(own(userpassMount, foreignUsers) ? [userpassMount] : []),
    ...(workloads !== undefined && own(workloads, foreignJobs) ? [workloads] : []),
  ]
  const kept = (mount: string, foreign: readonly string[], what: string) =>
    isDedicated && foreign.length > 0 ? [`(auth/${mount}/ stays: it contains ${what} that are not Latchkey's)`] : []
  return {
    found,
    mounts,
    lines: [
      `${found.filter(({ kind }) => kind === 'policy').length} policies and ${found.filter(({ kind }) => kind === 'user').length} users: all access ends`,
      `the role ${appRole.role}, the policy ${policy}: Latchkey can no longer do anything`,
      ...tokensOf(found),
      ...lentNames(settings).map(({ title }) => title),
      ...mounts.map((mount) => `auth/${mount}/`),
      ...(login.way === 'approle'
        ? kept(appRole.mount, foreignRoles, 'roles')
        : [`(auth/${appRole.mount}/ stays: others may log in there)`]),
      ...kept(userpassMount, foreignUsers, 'users'),
      ...(workloads === undefined ? [] : kept(workloads, foreignJobs, 'roles')),
    ],
  }
}

const tokensOf = (found: Plan['found']): readonly string[] => {
  const count = found.filter(({ kind }) => kind === 'token').length
  return count === 0 ? [] : [`${count} lent tokens`]
}

/** What was written to be lent. An administrator's own policies (`rules`) stay. */
const lentNames = ({ lent }: SetupSettings) => [
  ...(lent?.settings.roles ?? []).map(({ name }) => ({
    title: `the token role ${name}`,
    path: ['auth', 'token', 'roles', name],
  })),
  ...(lent?.settings.policies ?? []).flatMap(({ name, gives }) =>
    gives ? [{ title: `the policy ${name}`, path: ['sys/policies/acl', name] }] : [],
  ),
]

const confirm = async (options: { readonly yes?: boolean }, io: Io): Promise<void> => {
  if (options.yes) return
  const typed = await io.ask('Type remove to continue: ')
  if (typed === undefined) throw usageError('nobody can confirm here: give --yes')
  if (typed.trim() !== 'remove') throw new CliError('nothing was done')
}

const carryOut = async ({ found, mounts }: Plan, settings: SetupSettings, admin: Admin): Promise<void> => {
  await stopBot(admin, { ...settings.appRole, policy: settings.policy })
  const failed = (await removeAll(admin, found, pattern(settings).lenders)).filter(({ state }) =>
    state.startsWith('FAILED'),
  )
  if (failed.length > 0)
    throw new CliError(`not all access could be ended: ${failed.map(({ name }) => name).join(', ')}`)
  for (const { path } of lentNames(settings)) await admin.remove(...path)
  for (const mount of mounts) await admin.remove('sys/auth', mount)
}

const removeScript = (settings: SetupSettings, program: Program): string => {
  const { appRole, login, userpassMount, policy, isDedicated, workloadsMount } = settings
  const target = { ...pattern(settings), bot: { ...appRole, policy } }
  const disable = ([mount, what]: readonly [string, string]) =>
    `[ -n "$(${program} list auth/${mount}/${what} 2>/dev/null | tail -n +3)" ] || ${line(program, 'auth', 'disable', `${mount}/`)}`
  const mounts = [
    ...(login.way === 'approle' ? [[appRole.mount, 'role'] as const] : []),
    [userpassMount, 'users'] as const,
    ...(workloadsMount === undefined ? [] : [[workloadsMount, 'role'] as const]),
  ]
  return [
    killScript(target, program),
    '',
    ...lentNames(settings).map(({ path: [first = '', ...rest] }) =>
      first === 'auth'
        ? line(program, 'delete', [first, ...rest].join('/'))
        : line(program, 'policy', 'delete', rest.join('/')),
    ),
    ...(isDedicated ? ['# the mounts, if they contain nothing else', ...mounts.map(disable), ''] : []),
    ...stays(settings).map((one) => `# ${one}`),
  ].join('\n')
}
