import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { alone } from '../../src/connectors/vault/file-lock.ts'
import { eventually } from './eventually.ts'

const run = promisify(execFile)

const version = 'v3.22.0'
const buildLimit = 20 * 60_000
const cache = resolve(import.meta.dirname, '../../.cache/helm')
const built = join(cache, `helm-${version}-${process.platform}-${process.arch}`)

type OnProgress = (line: string) => void

/**
 * The path of helm: what `HELM_BIN` names, else a program that Go builds once into `.cache/helm`. Of several processes
 * one builds, and the others wait.
 */
export async function ensureHelm(onProgress: OnProgress = () => {}, signal?: AbortSignal): Promise<string> {
  const found = await findHelm()
  if (found !== undefined) return found
  await mkdir(cache, { recursive: true })
  const isThere = async () => (await isProgram(built)) || (await alone(built, () => build(onProgress, signal)))
  await eventually(isThere, { limit: buildLimit, about: () => 'another process should have built helm' })
  return built
}

/** Fails at once where helm is neither here nor can be built. */
export async function requireHelmOrGo(): Promise<void> {
  if ((await findHelm()) !== undefined) return
  await run('go', ['version']).catch((cause: unknown) => {
    throw new Error(`No Go here. ${remedies}`, { cause })
  })
}

const findHelm = async (): Promise<string | undefined> => {
  const named = process.env.HELM_BIN
  if (named && !(await isProgram(named))) {
    throw new Error(`HELM_BIN is set to ${named}, which is not a program that can be started.`)
  }
  if (named) return resolve(named)
  return (await isProgram(built)) ? built : undefined
}

/** With the lowest priority, because other tests run meanwhile. Modules stay writable, so that whoever owns them can remove them. */
const build = async (onProgress: OnProgress, signal?: AbortSignal): Promise<void> => {
  const work = join(cache, `build-${process.pid}`)
  onProgress(`No helm here: Go builds ${version} into .cache/helm meanwhile (once).`)
  const env = { ...process.env, GOBIN: work, CGO_ENABLED: '0', GOFLAGS: '-modcacherw', GOWORK: 'off' }
  // Without optimisation the compiler needs a third less time; a chart renders as fast.
  const flags = ['-ldflags=-s -w', '-gcflags=all=-N -l -dwarf=false']
  const command = ['-n', '19', 'go', 'install', ...flags, `helm.sh/helm/v3/cmd/helm@${version}`]
  try {
    await run('nice', command, { env, timeout: buildLimit, maxBuffer: 2 ** 26, ...(signal && { signal }) })
    await rename(join(work, 'helm'), built)
    onProgress(`helm ${version} is ready.`)
  } catch (cause) {
    throw new Error(`helm could not be built. ${remedies} Go said: ${String(cause).slice(-1500)}`, { cause })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const remedies =
  'The tests of the charts need helm. Install Go 1.26 or later, with a network, so that it can be built; or set ' +
  'HELM_BIN to the path of a helm 3.'

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
