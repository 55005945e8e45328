import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { must, run } from './programs.ts'

/** Debian's package of each program that is needed here. */
const packages: Readonly<Record<string, string>> = {
  debootstrap: 'debootstrap',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
}
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Installs what is missing and checks the rights; throws with the remedy where this machine cannot do it. */
export const prepareMachine = async (say: (line: string) => void): Promise<void> => {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      'This check needs Debian or a child of it, because it makes a Debian root. Elsewhere: docker build .',
    )
  }
  if (process.getuid?.() !== 0) throw new Error('This check mounts and changes roots: run it as root (sudo npm run …).')
  const missing = [
    ...Object.entries(packages).flatMap(([program, name]) => (isThere(program) ? [] : [name])),
    ...(existsSync(keyring) ? [] : ['debian-archive-keyring']),
  ]
  if (missing.length > 0) await install([...new Set(missing)], say)
  const probe = await run('unshare', [...namespaces, '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
  if (probe.code === 0) return
  throw new Error(
    `This machine does not let root make namespaces and mounts (${probe.output.trim()}). ` +
      'In a container, start it with --privileged; else use a virtual machine.',
  )
}

/** What a container has of its own. */
export const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts'] as const

/** Installs Debian's packages. */
export const install = async (names: readonly string[], say: (line: string) => void): Promise<void> => {
  say(`Installing ${names.join(', ')} with apt-get (once).`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await must('apt-get', ['update'], { env })
    await must('apt-get', ['install', '--yes', '--no-install-recommends', ...names], { env })
  } catch (error) {
    const remedy = `Install it by hand ("apt-get install ${names.join(' ')}") and run this again.`
    throw new Error(`apt-get could not install ${names.join(', ')}. ${remedy}`, { cause: error })
  }
}

/** Whether a program is on the PATH, or where root's programs are. */
export const isThere = (program: string): boolean =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) =>
    existsSync(join(folder, program)),
  )
