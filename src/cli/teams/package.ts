import { rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { configuration } from '../configured.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { type AppPackage, isPublicHost, packageOf } from './app-package.ts'

/** The options of `latchkey teams package`. */
export type PackageOptions = {
  readonly config?: string
  readonly appId?: string
  readonly host?: string
  readonly out: string
  readonly name: string
  readonly appVersion: string
  readonly force?: boolean
}

/** Writes the package that an administrator uploads. What no option says, the configuration says. */
export const writePackage = (options: PackageOptions, io: Io): void => {
  const app = checked({ ...options, ...namesOf(options, io) })
  write(options, packageOf(app))
  io.say(`${options.out}: the Teams app ${app.name} ${app.version} for https://${app.host}/teams/messages`)
  io.note('Upload it in the Teams admin center: Teams apps → Manage apps → Actions → Upload new app.')
}

const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

type Given = Pick<PackageOptions, 'name' | 'appVersion'> & { readonly appId: string; readonly host: string }

const checked = ({ appId, host, name, appVersion: version }: Given): AppPackage => {
  if (!guid.test(appId))
    throw usageError(
      `--app-id ${appId}: write the application (client) id, such as 11111111-1111-1111-1111-111111111111`,
    )
  // The schema of manifests takes an address, a port and a wildcard, too; Teams then refuses or trusts too much.
  if (!isPublicHost(host))
    throw usageError(
      `--host ${host}: write a host name alone, such as latchkey.example.com, without https://, port, path or *`,
    )
  if (name.trim() === '' || [...name].length > 30 || /["\\\p{Cc}{}]/u.test(name))
    throw usageError('--name: 1 to 30 characters, without quotes, backslashes and braces')
  if (!/^(?:0|[1-9]\d{0,4})(?:\.(?:0|[1-9]\d{0,4})){2}$/.test(version))
    throw usageError(`--app-version ${version}: write three numbers, such as 1.0.1`)
  return { appId: appId.toLowerCase(), host: host.toLowerCase(), name, version }
}

const section = z.object({ app: z.string() })

const namesOf = (options: PackageOptions, io: Io): Pick<Given, 'appId' | 'host'> => {
  const { appId, host } = options
  if (appId !== undefined && host !== undefined) return { appId, host }
  const { chats, link } = configuration(options, io)
  const app = section.safeParse(chats.get('teams')?.settings).data?.app
  if (appId === undefined && app === undefined)
    throw usageError('give --app-id: the configuration has no section teams')
  return { appId: appId ?? app ?? '', host: host ?? new URL(link.baseUrl).hostname }
}

/** A new file, also with `--force`: a link of that name is replaced, never followed. */
const write = ({ out, force }: PackageOptions, content: Uint8Array): void => {
  try {
    if (force) rmSync(out, { force: true })
    writeFileSync(out, content, { flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    if (code === 'EEXIST') throw new CliError(`${out} is there already; --force replaces it, --out names another file`)
    throw new CliError(`${out} cannot be written (${code})`)
  }
}
