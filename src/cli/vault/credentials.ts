import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../connectors/vault/durable-file.ts'
import { seconds } from '../../domain/time.ts'
import { namespacedName } from '../options.ts'
import { usageError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import { length, type SetupSettings } from './settings.ts'
import { line, word } from './shell.ts'
import type { Program } from './steps.ts'

/** Where the bot's credentials go. */
export type CredentialOptions = {
  readonly credentialsDir?: string
  /** Writes the secret_id itself, for this machine, instead of a wrapped one that can be moved. */
  readonly unwrapped?: boolean
  readonly wrapTtl?: string
  /** `NAMESPACE/NAME` of a Kubernetes secret. */
  readonly kubernetes?: string
  /** Makes new credentials even if some exist. */
  readonly renew?: boolean
}

/** The file names in the credentials folder. */
export const credentialFiles = { roleId: 'role_id', secretId: 'secret_id', wrapped: 'wrapped_secret_id' } as const

const wrapLife = ({ wrapTtl = '24h' }: CredentialOptions): number => length('--wrap-ttl', wrapTtl)
const secretFile = ({ unwrapped }: CredentialOptions): string =>
  unwrapped ? credentialFiles.secretId : credentialFiles.wrapped
const rolePath = ({ appRole }: SetupSettings): string => `auth/${appRole.mount}/role/${appRole.role}`

/** Commands that make the credentials and put them in place without showing them. */
export const credentialCommands = (
  settings: SetupSettings,
  options: CredentialOptions,
  program: Program,
): readonly string[] => {
  const readRoleId = line(program, 'read', '-field=role_id', `${rolePath(settings)}/role-id`)
  const makeSecretId = line(program, 'write', '-f', '-field=secret_id', `${rolePath(settings)}/secret-id`)
  if (options.kubernetes !== undefined) {
    const { namespace, name } = kubernetesName(options.kubernetes)
    return [
      '# The secret_id goes through a pipe: neither the shell history nor a file contains it.',
      `${makeSecretId} | ${line('kubectl', 'create', 'secret', 'generic', name, '--namespace', namespace)} \\`,
      `  --from-literal=role_id="$(${readRoleId})" --from-file=secret_id=/dev/stdin`,
    ]
  }
  if (options.credentialsDir === undefined) return []
  const file = (name: string) => word(join(options.credentialsDir ?? '', name))
  const makeWrapped = line(
    program,
    'write',
    '-f',
    `-wrap-ttl=${wrapLife(options)}s`,
    '-field=wrapping_token',
    `${rolePath(settings)}/secret-id`,
  )
  const [target, make] = [file(secretFile(options)), options.unwrapped ? makeSecretId : makeWrapped]
  const kept = `[ "$(cat ${file(credentialFiles.roleId)} 2>/dev/null)" = "$role_id" ] && [ -s ${target} ]`
  const renewed = [`${make} > ${target}`, `printf '%s\\n' "$role_id" > ${file(credentialFiles.roleId)}`]
  return [
    'umask 077',
    line('mkdir', '-p', options.credentialsDir),
    `role_id=$(${readRoleId})`,
    ...(options.renew ? renewed : [`${kept} || {`, ...renewed.map((one) => `  ${one}`), '}']),
  ]
}

const roleIdAnswer = z.object({ role_id: z.string().min(1) })
const secretIdAnswer = z.object({ secret_id: z.string().min(1) })
const wrapAnswer = z.object({ token: z.string().min(1) })

/** Makes the files, readable by their owner only; existing ones stay. Returns what was done. */
export const writeCredentials = async (
  admin: Admin,
  settings: SetupSettings,
  options: CredentialOptions & { readonly credentialsDir: string },
): Promise<string> => {
  const folder = options.credentialsDir
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const role = ['auth', settings.appRole.mount, 'role', settings.appRole.role]
  const { role_id } = roleIdAnswer.parse(await admin.read(...role, 'role-id'))
  const target = join(folder, secretFile(options))
  const there = await Promise.all([readText(join(folder, credentialFiles.roleId)), readText(target)])
  if (!options.renew && there[0] === role_id && there[1]) return `${target} exists and stays (--renew makes a new one)`
  const made = options.unwrapped
    ? secretIdAnswer.parse(await admin.write([...role, 'secret-id'])).secret_id
    : wrapAnswer.parse(await admin.write([...role, 'secret-id'], {}, { wrapFor: seconds(wrapLife(options)) })).token
  await replaceFile(join(folder, credentialFiles.roleId), `${role_id}\n`)
  await replaceFile(target, `${made}\n`)
  return `${credentialFiles.roleId} and ${secretFile(options)} are in ${folder}, for their owner only`
}

/** The two halves of `NAMESPACE/NAME`. */
const kubernetesName = (given: string): NonNullable<ReturnType<typeof namespacedName>> => {
  const named = namespacedName(given)
  if (!named) throw usageError(`--kubernetes ${given}: write NAMESPACE/NAME, as in latchkey/latchkey-vault`)
  return named
}

const readText = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
