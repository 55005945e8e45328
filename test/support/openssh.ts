import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = resolve(import.meta.dirname, '../../.cache/openssh')
const fetchLimit = 10 * 60_000

/** The programs of OpenSSH, and the environment in which they find their libraries. */
export type OpenSsh = {
  readonly sshd: string
  readonly ssh: string
  readonly keygen: string
  readonly env: NodeJS.ProcessEnv
  /** The folder with the helpers of newer servers, where they are not at their usual place. */
  readonly helpers?: string
}

type OnProgress = (line: string) => void

/**
 * OpenSSH with its server: that of the machine, else Debian's packages, unpacked into `.cache/openssh`. Nothing is
 * installed, because the package would start a server on this machine. Throws an error that names the remedies.
 */
export async function findOpenSsh(onProgress: OnProgress = () => {}): Promise<OpenSsh> {
  const own = await programsIn([...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'])
  if (own) return { ...own, env: process.env }
  const unpacked = join(cache, 'unpacked')
  const fetched = () => programsIn([join(unpacked, 'usr/sbin'), join(unpacked, 'usr/bin')])
  if (!(await fetched())) await unpackInto(unpacked, onProgress)
  const found = await fetched()
  if (!found) throw new Error(`Debian's packages of OpenSSH have no sshd. ${remedies}`)
  const libraries = [join(unpacked, 'lib'), join(unpacked, 'usr/lib')]
  const folders = (await Promise.all(libraries.map(foldersIn))).flat()
  const helpers = join(unpacked, 'usr/lib/openssh')
  return { ...found, env: { ...process.env, LD_LIBRARY_PATH: folders.join(':') }, helpers }
}

const programsIn = async (folders: readonly string[]) => {
  const [sshd, ssh, keygen] = await Promise.all(['sshd', 'ssh', 'ssh-keygen'].map((name) => firstOf(folders, name)))
  return sshd && ssh && keygen ? { sshd, ssh, keygen } : undefined
}

const firstOf = async (folders: readonly string[], name: string): Promise<string | undefined> => {
  for (const folder of folders.filter(Boolean)) {
    const file = join(folder, name)
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  return undefined
}

const foldersIn = async (folder: string): Promise<readonly string[]> => {
  const inside = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return [folder, ...inside.filter((one) => one.isDirectory()).map(({ name }) => join(folder, name))]
}

const packages = ['openssh-server', 'openssh-client', 'libwrap0']

/** Works for every user: lists and archives are in a folder of its own. */
const unpackInto = async (target: string, onProgress: OnProgress): Promise<void> => {
  onProgress('No OpenSSH server here: unpacking Debian’s packages (2 MB, once) into .cache/openssh.')
  const work = join(cache, `fetch-${randomUUID()}`)
  const tree = join(work, 'tree')
  const folders = ['tree', 'state/lists/partial', 'archives/partial'].map((name) => join(work, name))
  const apt = ['-o', 'APT::Sandbox::User=', '-o', `Dir::Cache=${work}`, '-o', `Dir::Cache::archives=${work}/archives`]
  const ownLists = [...apt, '-o', `Dir::State=${work}/state`, '-o', 'Dir::State::status=/var/lib/dpkg/status']
  const options = { cwd: work, timeout: fetchLimit }
  try {
    for (const folder of folders) await mkdir(folder, { recursive: true })
    await run('apt-get', [...apt, 'download', ...packages], options).catch(async () => {
      await run('apt-get', [...ownLists, 'update'], options)
      await run('apt-get', [...ownLists, 'download', ...packages], options)
    })
    const archives = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    for (const archive of archives) await run('dpkg-deb', ['--extract', join(work, archive), tree], options)
    await rename(tree, target)
  } catch (cause) {
    if (await programsIn([join(target, 'usr/sbin'), join(target, 'usr/bin')])) return // another run was faster
    throw new Error(`Debian's packages of OpenSSH could not be fetched. ${remedies}`, { cause })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const remedies =
  'The tests of ssh need an OpenSSH server and client. Install them without starting the server (Debian, Ubuntu: ' +
  '"apt-get install openssh-server"; Fedora: "dnf install openssh-server"), or run where apt-get and dpkg-deb are.'
