import { z } from 'zod'
import { namePatterns } from '../../connectors/vault/names.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { type Admin, type AdminOptions, openAdmin } from './admin.ts'
import { report } from './kill-report.ts'
import { rolesIn } from './kill-roles.ts'
import { killScript } from './kill-script.ts'
import { usualLender } from './lend-options.ts'
import {
  endByRoles,
  endToken,
  isTokenThere,
  type Lenders,
  type LentToken,
  lendersAt,
  lentTokens,
  tokensUnseen,
} from './lent-tokens.ts'
import { mountPath, roleName } from './settings.ts'
import { programIn } from './setup.ts'
import type { Program } from './steps.ts'
import { tokensLeft } from './tokens-left.ts'

/** The options of `latchkey vault kill-all`. */
export type KillOptions = AdminOptions & {
  readonly prefix?: readonly string[]
  readonly instance?: string
  readonly usersMount?: readonly string[]
  readonly lentRole?: readonly string[]
  readonly stopBot?: boolean
  readonly approleMount?: string
  readonly role?: string
  readonly policy?: string
  readonly yes?: boolean
  readonly print?: boolean
  readonly json?: boolean
  readonly program?: Program
}

/** The names to look for, and where. */
export type Target = {
  readonly users: RegExp
  readonly policies: RegExp
  /** Userpass mounts; all mounts when none was named. */
  readonly mounts: readonly string[]
  readonly lenders: Lenders
  readonly bot?: Bot
}
/** Latchkey's own role, and the policy without which its tokens can do nothing. */
export type Bot = { readonly mount: string; readonly role: string; readonly policy: string }

/** One policy, user, role of a workload or lent token at the vault, and its state after removal. */
export type Found =
  | { readonly kind: 'policy' | 'user' | 'role'; readonly mount?: string; readonly name: string }
  | (LentToken & { readonly mount?: never })
/** The same with what became of it. */
export type Removed = Found & { readonly state: string }

/** Ends all access that was ever given, without a database, and proves it. */
export const killAll = async (options: KillOptions, io: Io): Promise<void> => {
  const asked = targetOf(options)
  if (options.print) return io.say(killScript(asked, options.program ?? programIn(io)))
  const admin = openAdmin(options, io)
  try {
    const target = { ...asked, lenders: await lendersAt(admin, asked.lenders) }
    const notes = new Set<string>()
    const found = await look(admin, target, (text) => {
      notes.add(text)
      io.note(text)
    })
    const isAsked = await confirm(found, target, options, io, admin)
    if (!isAsked) return
    if (target.bot) {
      await stopBot(admin, target.bot)
      io.note(
        `The role ${target.bot.role} and the policy ${target.bot.policy} are gone: Latchkey can no longer do anything.`,
      )
    }
    const done = await removeAll(admin, found, target.lenders)
    const left = [...(await look(admin, target)), ...(await stillReadable(admin, found))]
    report(done, left, { ...options, isComplete: !notes.has(tokensUnseen) }, io)
  } finally {
    await admin.close()
  }
}

const usualPolicy = 'latchkey_management'

/** Checks the options; every part of a pattern is plain text. */
export const targetOf = (options: KillOptions): Target => {
  const prefixes = options.prefix ?? ['latchkey-', 'apono-']
  const bad = prefixes.find((prefix) => !/^[a-z0-9][a-z0-9-]*$/.test(prefix))
  if (bad !== undefined) throw usageError(`--prefix ${bad}: use a-z, 0-9 and "-"`)
  if (options.instance !== undefined && !/^[a-z0-9]+$/.test(options.instance))
    throw usageError(`--instance ${options.instance}: an instance id has only a-z and 0-9`)
  const either = prefixes.length === 1 ? prefixes.join() : `(${prefixes.join('|')})`
  const { user, policy } = namePatterns(either, options.instance)
  return {
    users: user,
    policies: policy,
    mounts: (options.usersMount ?? []).map(mountPath),
    lenders: lendersOf(options),
    ...(options.stopBot && {
      bot: {
        mount: mountPath(options.approleMount ?? 'latchkey-approle'),
        role: roleName(options.role ?? 'latchkey'),
        policy: roleName(options.policy ?? usualPolicy),
      },
    }),
  }
}

/** Instances may share a role that lends, so for one of them only drawn names count. */
const lendersOf = ({ lentRole, instance, policy }: KillOptions): Lenders => {
  if (lentRole) return { roles: lentRole.map(roleName) }
  return instance === undefined ? { roles: [usualLender], policy: roleName(policy ?? usualPolicy) } : { roles: [] }
}

const methods = z.record(z.string(), z.object({ type: z.string() }))

/** Everything at the vault with a name of our pattern. */
export const look = async (
  admin: Admin,
  target: Omit<Target, 'bot'>,
  note: (text: string) => void = () => {},
): Promise<readonly Found[]> => {
  const policies = (await admin.list('sys/policies/acl')).filter((name) => target.policies.test(name))
  const all = Object.entries(methods.parse(await admin.read('sys/auth')))
  const userpass = all.filter(([, { type }]) => type === 'userpass').map(([path]) => path.replace(/\/$/, ''))
  const missing = target.mounts.find((mount) => !userpass.includes(mount))
  if (missing !== undefined) throw new CliError(`there is no userpass method at auth/${missing}/`)
  const mounts = target.mounts.length > 0 ? target.mounts : userpass
  const users: Found[] = []
  for (const mount of mounts) {
    const names = (await admin.list('auth', mount, 'users')).filter((name) => target.users.test(name))
    users.push(...names.map((name) => ({ kind: 'user' as const, mount, name })))
  }
  return [
    ...policies.map((name) => ({ kind: 'policy' as const, name })),
    ...users,
    ...(await rolesIn(admin, all, target, note)),
    ...(await lentTokens(admin, target, note)),
  ]
}

const confirm = async (
  found: readonly Found[],
  target: Target,
  options: KillOptions,
  io: Io,
  admin: Admin,
): Promise<boolean> => {
  const count = (kind: Found['kind']) => found.filter((one) => one.kind === kind).length
  const roles = count('role') > 0 ? `, ${count('role')} roles` : ''
  const lent = count('token') > 0 ? `, ${count('token')} lent tokens` : ''
  const what = `${count('policy')} policies and ${count('user')} users${roles}${lent} at ${admin.address}`
  if (found.length === 0 && !target.bot) {
    io.say(options.json ? '[]' : `${admin.address} has no policy or user of this pattern.`)
    return false
  }
  if (options.yes) return true
  io.note(`This ends all access now: ${what}${target.bot ? `, and the role ${target.bot.role}` : ''}.`)
  const typed = await io.ask('Type kill-all to continue: ')
  if (typed === undefined) throw usageError('nobody can confirm here: give --yes')
  if (typed.trim() !== 'kill-all') throw new CliError('nothing was done')
  return true
}

/**
 * Stops the bot first, so that nothing new is made during the removal. Other roles of a shared mount keep their tokens.
 */
export const stopBot = async (admin: Admin, { mount, role, policy }: Bot): Promise<void> => {
  const roles = await admin.list('auth', mount, 'role')
  await admin.remove('auth', mount, 'role', role)
  await admin.remove('sys/policies/acl', policy)
  if (roles.every((one) => one === role))
    await admin.write(['sys/leases/revoke-prefix/auth', mount, 'login'], { sync: true })
}

const width = 16

/** Removes policies first: that makes every token powerless at once. One failure stops nothing else. */
export const removeAll = async (
  admin: Admin,
  found: readonly Found[],
  lenders: Lenders,
): Promise<readonly Removed[]> => {
  const policies = found.filter(({ kind }) => kind === 'policy')
  const users = found.filter(({ kind }) => kind === 'user')
  const first = await inTurns(policies, async (one) => {
    await admin.remove('sys/policies/acl', one.name)
    return 'removed'
  })
  const second = await inTurns(users, async (one) => {
    const tokens = await admin
      .write(['sys/leases/revoke-prefix/auth', one.mount ?? '', 'login', one.name], { sync: true })
      .then(() => ', tokens revoked')
      .catch(() => `, ${tokensLeft}`)
    await admin.remove('auth', one.mount ?? '', 'users', one.name)
    return `removed${tokens}`
  })
  const third = await inTurns(
    found.filter(({ kind }) => kind === 'role'),
    async ({ mount = '', name }) => {
      await admin.remove('auth', mount, 'role', name)
      return 'removed, its tokens live on without rights'
    },
  )
  await endByRoles(admin, lenders)
  const tokens = await inTurns(found, (one) => (one.kind === 'token' ? endToken(admin, one) : Promise.resolve('')))
  return [...tokens.filter(({ kind }) => kind === 'token'), ...first, ...second, ...third]
}

const inTurns = async (all: readonly Found[], work: (one: Found) => Promise<string>): Promise<readonly Removed[]> => {
  const waiting = [...all]
  const done: Removed[] = []
  const worker = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const current = one
      const failed = (error: unknown) => `FAILED: ${messageOf(error)}`
      done.push({ ...current, state: await work(current).catch(failed) })
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return done
}

/** A standby node may list old names, so each is also read by its name. */
const stillReadable = async (admin: Admin, found: readonly Found[]): Promise<readonly Found[]> => {
  const checked = await inTurns(found, async (one) => {
    if (one.kind === 'token') return (await isTokenThere(admin, one)) ? 'there' : 'gone'
    const { kind, mount, name } = one
    const there =
      kind === 'policy'
        ? admin.read('sys/policies/acl', name)
        : admin.read('auth', mount ?? '', kind === 'user' ? 'users' : 'role', name)
    return (await there) === undefined ? 'gone' : 'there'
  })
  return checked.filter(({ state }) => state !== 'gone')
}
