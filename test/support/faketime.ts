import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const installLimit = 5 * 60_000

/** The library that gives a process another clock; `undefined` without one. */
const findFaketime = async (): Promise<string | undefined> => {
  const folders = (await readdir('/usr/lib')).filter((name) => name.includes('linux'))
  const places = folders.map((name) => join('/usr/lib', name, 'faketime/libfaketime.so.1'))
  return [process.env.LIBFAKETIME ?? '', ...places].find((place) => place !== '' && existsSync(place))
}

/** As root on Debian or a child of it, a missing one is installed. Throws with the remedies where there is none. */
const ensureFaketime = async (onProgress: (line: string) => void): Promise<string> => {
  const found = await findFaketime()
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(remedies)
  onProgress('No faketime here: installing it with apt-get (about 100 KB, once).')
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: installLimit }
  try {
    await run('apt-get', ['update'], options)
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'faketime'], options)
  } catch (error) {
    throw new Error(`apt-get could not install faketime. ${remedies}`, { cause: error })
  }
  const installed = await findFaketime()
  if (installed === undefined) throw new Error(remedies)
  return installed
}

/** The environment of a process whose clock differs from the machine's by so many seconds. */
export const clockApart = async (seconds: number): Promise<Readonly<Record<string, string>>> => ({
  LD_PRELOAD: await ensureFaketime((line) => console.error(line)),
  FAKETIME: `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1', // timers run as ever
})

const remedies =
  'The tests of differing clocks need libfaketime. Install it (Debian, Ubuntu: "apt-get install faketime" as root; ' +
  'Fedora: "dnf install libfaketime"), or set LIBFAKETIME to the path of libfaketime.so.1.'
