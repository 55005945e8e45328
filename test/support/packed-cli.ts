import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const node22 = '22.23.5'

/** People's `latchkey` as it is packed. */
export type PackedCli = {
  /** The tarball that `npm run pack:cli` writes. */
  readonly tarball: string
  /** The unpacked package. */
  readonly folder: string
  /** The compiled program in it. */
  readonly bin: string
  remove(): Promise<void>
}

/** Packs people's `latchkey` with the script of package.json, in a copy, so that several tests may do it at once. */
export const packCli = async (): Promise<PackedCli> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-packed-'))
  const copy = join(folder, 'checkout')
  for (const name of ['package.json', 'tsconfig.json', 'LICENSE', 'src/people-cli']) {
    await cp(join(root, name), join(copy, name), { recursive: true })
  }
  await run('ln', ['-s', join(root, 'node_modules'), join(copy, 'node_modules')])
  await run('npm', ['run', 'pack:cli'], { cwd: copy })
  const [tarball = ''] = (await readdir(copy)).filter((name) => name.endsWith('.tgz'))
  await run('tar', ['xzf', join(copy, tarball), '-C', folder])
  return {
    ...{ tarball: join(copy, tarball), folder: join(folder, 'package'), bin: join(folder, 'package/dist/bin.js') },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The oldest line of Node that the package promises to run on, from npm's registry; kept in `.cache`. */
export const node22Program = async (): Promise<string> => {
  const folder = join(root, '.cache', `node-${node22}`)
  const program = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`)
  if (await isThere(program)) return program
  const fresh = await mkdtemp(join(tmpdir(), 'latchkey-node-22-'))
  const name = `node-${process.platform}-${process.arch}@${node22}`
  await run('npm', ['install', '--prefix', fresh, '--ignore-scripts', '--no-audit', '--no-fund', name])
  await mkdir(join(root, '.cache'), { recursive: true })
  await cp(fresh, `${fresh}-copy`, { recursive: true })
  await rename(`${fresh}-copy`, folder).catch(() => cp(fresh, folder, { recursive: true })) // another file system
  await rm(fresh, { recursive: true, force: true })
  return program
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
