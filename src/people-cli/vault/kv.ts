import { quoted } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { type Access, askVault } from './calls.ts'

/** A secret in a KV version 2 mount. */
export type Place = { readonly mount: string; readonly rest: string }

/** One version of a secret. `deletedAt` is set where it was deleted. */
export type Version = {
  readonly version: number
  readonly createdAt: string
  readonly deletedAt?: string
  readonly isDestroyed: boolean
}
export type Fetched = Version & { readonly data: Readonly<Record<string, unknown>> }

type RawVersion = {
  readonly version?: number
  readonly created_time?: string
  readonly deletion_time?: string
  readonly destroyed?: boolean
}

const versionOf = (raw: RawVersion, version = raw.version ?? 0): Version => ({
  ...{ version, createdAt: raw.created_time ?? '', isDestroyed: raw.destroyed === true },
  // A time in the future announces a deletion.
  ...(raw.deletion_time && Date.parse(raw.deletion_time) <= Date.now() && { deletedAt: raw.deletion_time }),
})

/** Reads one version, or the latest. */
export const fetchSecret = async (access: Access, { mount, rest }: Place, version?: number): Promise<Fetched> => {
  const query = version === undefined ? '' : `?version=${version}`
  const { status, json } = await askVault(access, 'GET', `${mount}/data/${rest}`, { query })
  const { data } = (json ?? {}) as { data?: { data?: Record<string, unknown> | null; metadata?: RawVersion } }
  if (data?.metadata && (status === 404 || !data.data)) throw goneError(`${mount}/${rest}`, versionOf(data.metadata))
  if (status === 404 || !data?.data || !data.metadata) throw missing(`${mount}/${rest}`, version)
  return { ...versionOf(data.metadata), data: data.data }
}

const missing = (path: string, version?: number): CliError =>
  new CliError(`there is no ${version === undefined ? '' : `version ${version} of `}${path}`, exitCodes.notFound)

const goneError = (path: string, { version, deletedAt, isDestroyed }: Version): CliError =>
  isDestroyed
    ? new CliError(`version ${version} of ${path} was destroyed; nothing brings it back`, exitCodes.notFound)
    : new CliError(`version ${version} of ${path} was deleted at ${deletedAt}`, exitCodes.notFound, [
        `"latchkey vault undelete ${quoted(path)}" brings it back, for those who may.`,
      ])

/** The latest version's number and every version's state; `undefined` where there is no such secret. */
export const versionsOf = async (
  access: Access,
  { mount, rest }: Place,
): Promise<{ readonly current: number; readonly versions: ReadonlyMap<number, Version> } | undefined> => {
  const { status, json } = await askVault(access, 'GET', `${mount}/metadata/${rest}`)
  const { data } = (json ?? {}) as { data?: { current_version?: number; versions?: Record<string, RawVersion> } }
  if (status === 404 || !data) return undefined
  const versions = Object.entries(data.versions ?? {}).map(([name, raw]) => [
    Number(name),
    versionOf(raw, Number(name)),
  ])
  return { current: data.current_version ?? 0, versions: new Map(versions as [number, Version][]) }
}

/** Writes a version after the named one; 0 means that there is none yet. Returns the number of the new version. */
export const writeSecret = async (
  access: Access,
  { mount, rest }: Place,
  data: Readonly<Record<string, unknown>>,
  cas: number,
): Promise<number> => {
  const { status, json } = await askVault(access, 'POST', `${mount}/data/${rest}`, { body: { options: { cas }, data } })
  if (status === 404) throw missing(`${mount}/${rest}`)
  return ((json ?? {}) as { data?: RawVersion }).data?.version ?? cas + 1
}

/**
 * Deletes a version, or brings it back. The vault answers 204 to both whether or not anything happened, so the metadata
 * is read afterwards; what it says is returned.
 */
export const setDeleted = async (
  access: Access,
  place: Place,
  { version, isDeleted }: { readonly version: number; readonly isDeleted: boolean },
): Promise<Version | undefined> => {
  const verb = isDeleted ? 'delete' : 'undelete'
  await askVault(access, 'POST', `${place.mount}/${verb}/${place.rest}`, { body: { versions: [version] } })
  return (await versionsOf(access, place))?.versions.get(version)
}

/** The names directly in a folder; a folder among them ends in `/`. */
export const namesIn = async (access: Access, { mount, rest }: Place): Promise<readonly string[]> => {
  const { json } = await askVault(access, 'GET', `${mount}/metadata/${rest}`, { query: '?list=true' })
  return ((json ?? {}) as { data?: { keys?: readonly string[] } }).data?.keys ?? [] // an empty folder is answered with 404
}
