import { existsSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { must } from './programs.ts'

/** A stand-in for an official image, made on this machine. */
export type Debian = {
  readonly path: string
  /** Bytes of the minimal root before it was made as slim as the image. */
  readonly unslimmed: number
}

const repository = join(import.meta.dirname, '../..')
const nodePackage = join(repository, 'node_modules', `node-linux-${process.arch}`)

/** Makes a Debian once, and keeps it in the cache. */
export const debianRoot = async (cache: string, say: (line: string) => void): Promise<Debian> => {
  const path = join(cache, `debian-bookworm-${process.arch}`)
  const size = `${path}.size`
  if (!existsSync(size)) {
    say('Making a minimal Debian with debootstrap (a minute, once).')
    await rm(path, { recursive: true, force: true })
    const growing = `${path}.${process.pid}`
    await rm(growing, { recursive: true, force: true })
    const mirror = process.env.DEBIAN_MIRROR
    await must('debootstrap', ['--variant=minbase', 'bookworm', growing, ...(mirror ? [mirror] : [])])
    await must('sh', ['-euc', withoutTraces, 'sh', growing])
    const unslimmed = await sizeOf(growing)
    await must('sh', ['-euc', slimmed, 'sh', growing])
    await rename(growing, path)
    await writeFile(size, String(unslimmed))
  }
  return { path, unslimmed: Number(await readFile(size, 'utf8')) }
}

/** What debootstrap fetched, and what it took over from this machine. An engine puts files of its own on the last three. */
const withoutTraces = `
cd "$1"
rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* tmp/*
for file in etc/machine-id etc/hostname etc/hosts etc/resolv.conf; do : > "$file"; done`

/** What the official slim image leaves out: everything to read but the licences, and translations. */
const slimmed = `
cd "$1"
find usr/share/doc -mindepth 1 ! -type d ! -name copyright -delete
find usr/share/doc -mindepth 1 -type d -empty -delete
find usr/share/locale -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +
rm -rf usr/share/info/* usr/share/man/* usr/share/lintian/overrides/* usr/share/linda/*`

/** A fresh root that stands for the image after `FROM`. */
export const rootFor = async (image: string, debian: Debian, path: string): Promise<void> => {
  const [, major] = /^node:(\d+)-bookworm-slim$/.exec(image) ?? []
  if (image !== 'debian:bookworm-slim' && major === undefined) {
    throw new Error(`Dockerfile: there is no stand-in here for the image ${image}: teach it to test/image/base-root.ts`)
  }
  await must('cp', ['--archive', '--reflink=auto', debian.path, path])
  if (major !== undefined) await addNode(path, major)
}

const addNode = async (root: string, major: string): Promise<void> => {
  const program = join(nodePackage, 'bin/node')
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npm ci" first.`)
  const version = (await must(program, ['--version'])).trim()
  if (!version.startsWith(`v${major}.`))
    throw new Error(`The image wants Node ${major}; the packaged one is ${version}.`)
  const local = join(root, 'usr/local')
  await copyFile(program, join(local, 'bin/node'))
  await chmod(join(local, 'bin/node'), 0o755)
  await copyFile(join(nodePackage, 'LICENSE'), join(local, 'LICENSE'))
  await mkdir(join(local, 'lib/node_modules'), { recursive: true })
  await cp(await npmFolder(), join(local, 'lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true })
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
  }
}

/** The machine's own npm: the one that runs this script, else the one on the PATH. */
const npmFolder = async (): Promise<string> => {
  const found = [
    process.env.npm_execpath ?? '',
    ...(process.env.PATH ?? '').split(delimiter).map((one) => join(one, 'npm')),
  ]
  for (const candidate of found.filter(existsSync)) {
    const program = await realpath(candidate)
    if (program.endsWith('/bin/npm-cli.js')) return dirname(dirname(program))
  }
  throw new Error('There is no npm on the PATH: install Node with its npm, and run this again.')
}

/** Bytes of all files below a path, each counted once, as an engine counts the layers of an image. */
export const sizeOf = async (path: string): Promise<number> =>
  Number.parseInt(await must('du', ['--summarize', '--bytes', path]), 10)
