import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const run = promisify(execFile)

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const installLimit = 15 * 60_000

/** Nothing of the browser's own may reach out to the network from a test. */
const quiet = ['--disable-background-networking', '--disable-component-update', '--no-first-run']

type OnProgress = (line: string) => void

/** Path of a Chromium: the one that `CHROMIUM_BIN` names, else the first one on the PATH; `undefined` without one. */
export async function findChromium(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (env.CHROMIUM_BIN) {
    if (await isProgram(env.CHROMIUM_BIN)) return env.CHROMIUM_BIN
    throw new Error(`CHROMIUM_BIN is set to ${env.CHROMIUM_BIN}, which is not a program that can be started.`)
  }
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/bin']
  for (const folder of folders) {
    for (const name of programs) if (await isProgram(join(folder, name))) return join(folder, name)
  }
  return undefined
}

/**
 * As `findChromium`, but as root on Debian or a child of it a missing one is installed. Throws an error that names the
 * remedies where there is none in the end.
 */
export async function ensureChromium(onProgress: OnProgress = () => {}): Promise<string> {
  const found = await findChromium()
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || !(await isProgram('/usr/bin/apt-get'))) throw new Error(remedies)
  onProgress('No Chromium here: installing it with apt-get (about 100 MB, once).')
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: installLimit }
  try {
    await run('apt-get', ['update'], options)
    onProgress('Package lists are fresh; installing Chromium.')
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], options)
  } catch (error) {
    throw new Error(`apt-get could not install Chromium. ${remedies}`, { cause: error })
  }
  const installed = await findChromium()
  if (installed === undefined) throw new Error(remedies)
  onProgress('Chromium is ready.')
  return installed
}

/** Starts a headless one; close it in `afterAll`. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureChromium(), args: quiet })
}

const remedies =
  'The browser tests need Chromium. Install it (Debian, Ubuntu: "apt-get install chromium" as root; Fedora: "dnf install ' +
  'chromium"; macOS: "brew install --cask chromium"), or set CHROMIUM_BIN to the path of a Chromium or Chrome.'

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
