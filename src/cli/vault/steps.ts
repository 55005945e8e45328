import { z } from 'zod'
import { isKv, isTransit, mountsThat } from '../../connectors/vault/engines.ts'
import { lengthText } from '../../domain/length.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import { lentSteps } from './attach-only.ts'
import { boundTo, tokenConfig } from './login-steps.ts'
import { policyText } from './policy-text.ts'
import { readRole } from './present.ts'
import type { SetupSettings } from './settings.ts'
import { line, withInput } from './shell.ts'

/** The command-line program of the people: OpenBao's or HashiCorp's. */
export type Program = 'bao' | 'vault'

/** One thing that the vault must have. `apply` and `command` do the same. */
export type Step = {
  readonly title: string
  command(program: Program): string
  /** What differs from the wanted state; empty when nothing does. Throws where it cannot be changed. */
  differences(admin: Admin): Promise<readonly string[]>
  apply(admin: Admin): Promise<void>
}

/** Everything that the vault must have, in the order of creation. */
export const setupSteps = (settings: SetupSettings): readonly Step[] => {
  const { appRole, login, userpassMount, kvMounts, transitMounts, isDedicated, longest } = settings
  return [
    authMount(appRole.mount, login.way, 'how Latchkey logs in'),
    ...(login.way !== 'approle' ? [tokenConfig(appRole.mount, login)] : []),
    ...(login.way === 'approle' && isDedicated
      ? [noLockout(appRole.mount, 'wrong secret_ids cannot lock Latchkey out')]
      : []),
    ...(settings.lent ? [] : [authMount(userpassMount, 'userpass', 'users of the people with access')]),
    ...(isDedicated && !settings.lent
      ? [noLockout(userpassMount, 'wrong passwords cannot lock a person out; passwords are 256 random bits')]
      : []),
    ...(isDedicated && !settings.lent ? [longLife(userpassMount, longest)] : []),
    ...workloadSteps(settings),
    ...kvMounts.map((mount) => secretMount(mount, 'kv')),
    ...transitMounts.map((mount) => secretMount(mount, 'transit')),
    ...lentSteps(settings),
    policy(settings),
    role(settings),
  ]
}

/** Only Latchkey uses this mount, so it may be tuned. */
const workloadSteps = ({ workloadsMount, extras, longest }: SetupSettings): readonly Step[] =>
  workloadsMount === undefined || !extras.includes('workloads')
    ? []
    : [
        authMount(workloadsMount, 'approle', 'how jobs and services with access log in'),
        noLockout(workloadsMount, 'wrong secret_ids cannot lock a workload out'),
        longLife(workloadsMount, longest),
      ]

const mounts = z.record(z.string(), z.object({ type: z.string(), options: z.record(z.string(), z.string()).nullish() }))

const authMount = (path: string, type: 'approle' | 'userpass' | 'kubernetes' | 'jwt', description: string): Step => ({
  title: `the ${type} method at auth/${path}/`,
  command: (program) =>
    `${unlessListed(program, 'auth', path)} ${line(program, 'auth', 'enable', `-path=${path}`, `-description=${description}`, type)}`,
  differences: async (admin) => {
    const found = mounts.parse(await admin.read('sys/auth'))[`${path}/`]
    if (!found) return ['missing: it will be created']
    if (found.type === type) return []
    throw new CliError(`auth/${path}/ exists, but is ${found.type} and not ${type}; choose another mount`)
  },
  apply: async (admin) => void (await admin.write(['sys/auth', path], { type, description, options: null })),
})

const tuned = z.object({ user_lockout_disable: z.boolean().default(false) })

const noLockout = (path: string, why: string): Step => ({
  title: `no lockout at auth/${path}/ (${why})`,
  command: (program) => line(program, 'auth', 'tune', '-user-lockout-disable=true', `${path}/`),
  differences: async (admin) => {
    const now = tuned.safeParse(await admin.read('sys/auth', path, 'tune').catch(() => undefined))
    return now.success && now.data.user_lockout_disable ? [] : ['wrong logins lock it: that will be disabled']
  },
  apply: async (admin) =>
    void (await admin.write(['sys/auth', path, 'tune'], { user_lockout_config: { lockout_disable: true } })),
})

const limits = z.record(z.string(), z.object({ config: z.object({ max_lease_ttl: z.number().default(0) }) }))

/** Set on the mount itself, so that a smaller limit of the server shortens nobody's access. */
const longLife = (path: string, longest: number): Step => ({
  title: `tokens of auth/${path}/ live as long as approved (at most ${lengthText(longest)})`,
  command: (program) => line(program, 'auth', 'tune', `-max-lease-ttl=${longest}s`, `${path}/`),
  differences: async (admin) => {
    const now = limits.safeParse(await admin.read('sys/auth')).data?.[`${path}/`]?.config.max_lease_ttl ?? 0
    return now === longest ? [] : [`max_lease_ttl: ${now === 0 ? 'the limit of the server' : now} → ${longest}`]
  },
  apply: async (admin) => void (await admin.write(['sys/auth', path, 'tune'], { max_lease_ttl: `${longest}s` })),
})

const secretMount = (path: string, type: 'kv' | 'transit'): Step => ({
  title: type === 'kv' ? `the KV version 2 engine at ${path}/` : `the Transit engine at ${path}/`,
  command: (program) => {
    const kind = type === 'kv' ? ['-version=2', 'kv'] : ['transit']
    return `${unlessListed(program, 'secrets', path)} ${line(program, 'secrets', 'enable', `-path=${path}`, ...kind)}`
  },
  differences: async (admin) => {
    const there = mounts.parse(await admin.read('sys/mounts'))
    const found = there[`${path}/`]
    if (!found) return ['missing: it will be created']
    const version = type === 'kv' && found.type === 'kv' ? (found.options?.version ?? '1') : '2'
    if (found.type === type && version === '2') return []
    const is = found.type === type ? `version ${version}` : found.type
    const others = mountsThat(type === 'kv' ? isKv : isTransit, there)
    const known = others.length > 0 ? ` (there are: ${others.join(', ')})` : ''
    throw new CliError(`${path}/ exists, but is ${is}; name another mount with --${type}${known}, or leave it out`)
  },
  apply: async (admin) =>
    void (await admin.write(['sys/mounts', path], { type, options: type === 'kv' ? { version: '2' } : null })),
})

const document = z.object({ policy: z.string() }).optional()

const policy = (settings: SetupSettings): Step => {
  const wanted = policyText(settings)
  return {
    title: `the policy ${settings.policy}`,
    command: (program) => withInput(line(program, 'policy', 'write', settings.policy, '-'), wanted),
    differences: async (admin) => {
      const there = document.parse(await admin.read('sys/policies/acl', settings.policy))
      const now = there?.policy.trim().split('\n') ?? []
      const then = wanted.trim().split('\n')
      if (now.join('\n') === then.join('\n')) return []
      return [
        ...now.filter((one) => !then.includes(one)).map((one) => `- ${one}`),
        ...then.filter((one) => !now.includes(one)).map((one) => `+ ${one}`),
      ]
    },
    apply: async (admin) => void (await admin.write(['sys/policies/acl', settings.policy], { policy: wanted })),
  }
}

const field = z.union([z.string(), z.number(), z.array(z.string()), z.null()])

const role = (settings: SetupSettings): Step => {
  const { appRole, login, tokenTtl, tokenMaxTtl, secretIdTtl, secretIdUses } = settings
  const wanted: Readonly<Record<string, string | number | readonly string[]>> = {
    token_policies: [settings.policy, ...settings.otherPolicies],
    token_type: 'service',
    token_ttl: tokenTtl,
    token_max_ttl: tokenMaxTtl,
    token_bound_cidrs: settings.cidrs,
    ...(login.way === 'approle'
      ? {
          secret_id_ttl: secretIdTtl,
          secret_id_num_uses: secretIdUses,
          secret_id_bound_cidrs: settings.secretIdCidrs,
        }
      : boundTo(login)),
  }
  return {
    title: `the role ${appRole.role}`,
    command: (program) => {
      const pairs = Object.entries(wanted).map(([key, value]) => `${key}=${[value].flat().join(',')}`)
      return line(program, 'write', `auth/${appRole.mount}/role/${appRole.role}`, ...pairs)
    },
    differences: async (admin) => {
      const there = await readRole(admin, appRole)
      if (there === undefined) return ['missing: it will be created']
      const now = z.record(z.string(), z.unknown()).parse(there)
      return Object.entries(wanted).flatMap(([key, value]) => {
        const is = field.safeParse(now[key] ?? '').data ?? ''
        const [before, after] = [is, value].map((one) => [one].flat().map(plainAddress).join(','))
        return before === after ? [] : [`${key}: ${before || '(none)'} → ${after || '(none)'}`]
      })
    },
    apply: async (admin) => void (await admin.write(['auth', appRole.mount, 'role', appRole.role], wanted)),
  }
}

/** The vault returns the network of one address as the plain address. */
const plainAddress = (one: string | number): string => String(one).replace(/(?<=[.\d])\/32$|(?<=:[^/]*)\/128$/, '')

/** Lets a script run again. */
const unlessListed = (program: Program, what: 'auth' | 'secrets', path: string): string =>
  `${program} ${what} list | grep -q '^${path.replaceAll('.', '\\.')}/ ' ||`
