import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import type { Debian } from './base-root.ts'
import { runStep } from './container.ts'
import { namespaces } from './machine.ts'
import type { Network } from './network.ts'
import { collect, ended, type Finished, must, run, word } from './programs.ts'

/** A Debian that has booted, with systemd as its first process. */
export type SystemdMachine = {
  /** Runs a command in it as root; throws with its output if it fails. */
  must(...command: readonly string[]): Promise<string>
  run(...command: readonly string[]): Promise<Finished>
  stop(): Promise<void>
}

/** Makes the root once, and keeps it in the cache. */
export const systemdRoot = async (
  cache: string,
  debian: Debian,
  network: Network,
  say: (line: string) => void,
): Promise<string> => {
  const root = join(cache, `systemd-bookworm-${process.arch}`)
  if (existsSync(root)) return root
  say('Making a Debian with systemd (once).')
  const growing = `${root}.${process.pid}`
  await rm(growing, { recursive: true, force: true })
  await must('cp', ['--archive', '--reflink=auto', debian.path, growing])
  const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', DEBIAN_FRONTEND: 'noninteractive' }
  const inside = { root: growing, folder: '/', user: { uid: 0, gid: 0 }, environment }
  const command = 'apt-get update && apt-get install --yes --no-install-recommends systemd && apt-get clean'
  const { code, output } = await runStep(inside, command, network)
  if (code !== 0) throw new Error(`apt-get could not install systemd in the Debian of this check:\n${output}`)
  await rename(growing, root)
  return root
}

/** Only these come up: the rest of a Debian has no business here, and some of it would reach the kernel of this machine. */
const units = `
mkdir run/units
for target in sysinit basic shutdown network-online; do
  printf '[Unit]\\nDefaultDependencies=no\\n' > "run/units/$target.target"
done
printf '[Unit]\\nDefaultDependencies=no\\nWants=systemd-journald.service\\n' > run/units/check.target
for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
  ln -s "/lib/systemd/system/$unit" run/units
done`

/** Powers over the kernel, which belongs to this machine. */
const withheld = ['sys_module', 'sys_rawio', 'sys_time', 'sys_boot', 'syslog', 'mac_admin', 'mac_override', 'bpf']

/** Boots the root; the service files are known to it but not started. */
export const bootSystemd = async (root: string, services: readonly string[]): Promise<SystemdMachine> => {
  const group = `latchkey-check-${process.pid}`
  const spaces = [...namespaces, '--fork', '--kill-child']
  const script = bootScript(root, services, group)
  const child = spawn('unshare', [...spaces, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  const code = ended(child)
  const stop = async () => {
    child.kill('SIGKILL')
    await code
    await eventually(async () => (await run('unshare', ['--mount', 'sh', '-c', removal(group)])).code === 0)
  }
  try {
    const pid = await eventually(() => systemdBelow(child.pid ?? 0), {
      about: () => `systemd did not start: ${output()}`,
    })
    const enter = ['--target', String(pid), '--mount', '--pid', '--net', '--ipc', '--uts', '--root', '--wd', '--']
    const machine: SystemdMachine = {
      must: (...command) => must('nsenter', [...enter, ...command], { limit: 120_000 }),
      run: (...command) => run('nsenter', [...enter, ...command], { limit: 120_000 }),
      stop,
    }
    await eventually(async () => (await machine.run('systemctl', 'is-active', 'check.target')).code === 0)
    return machine
  } catch (error) {
    await stop()
    throw error
  }
}

const bootScript = (root: string, services: readonly string[], group: string): string =>
  [
    'set -eu',
    `mount --bind ${word(root)} ${word(root)}`,
    `cd ${word(root)}`,
    'mount -t proc proc proc; mount --bind proc/sys proc/sys; mount -o remount,bind,ro proc/sys',
    'mount -t sysfs -o ro sysfs sys; mount -t tmpfs -o mode=755 tmpfs run; mount -t tmpfs tmpfs tmp',
    'mount -t tmpfs -o mode=755 tmpfs dev; mkdir dev/pts dev/shm old',
    'mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts; ln -s pts/ptmx dev/ptmx',
    'for one in null zero full random urandom tty; do : > "dev/$one"; mount --bind "/dev/$one" "dev/$one"; done',
    'ln -s /proc/self/fd dev/fd',
    units,
    ...services.map((service) => `cp ${word(service)} run/units/`),
    'ip link set lo up',
    // systemd takes the group that it finds itself in for the root of all: give it one of its own.
    'mount -t cgroup2 none sys/fs/cgroup',
    `own="sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/${group}"`,
    'mkdir "$own"; echo $$ > "$own/cgroup.procs"; umount sys/fs/cgroup',
    `exec unshare --cgroup sh -c ${word(secondHalf)}`,
  ].join('\n')

// systemd hands credentials to a service by a mount, which has to propagate.
const secondHalf = `
set -eu
mount -t cgroup2 none sys/fs/cgroup
pivot_root . old
umount -l old
mount --make-rshared /
exec env -i container=check PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH=/run/units \\
  setpriv --bounding-set=${withheld.map((name) => `-${name}`).join(',')} \\
  /lib/systemd/systemd --unit=check.target --log-target=journal`

/** Control groups stay when their processes are gone. */
const removal = (group: string): string =>
  [
    'set -eu; mount -t cgroup2 none /mnt',
    `own="/mnt$(sed -n 's/^0:://p' /proc/self/cgroup)/${group}"`,
    '[ ! -d "$own" ] || find "$own" -depth -type d -exec rmdir {} +',
  ].join('\n')

/** The first process, once it is systemd: before, a command beside it would run outside. */
const systemdBelow = async (parent: number): Promise<number | undefined> => {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
  const pid = Number.parseInt(children, 10)
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
  return name.trim() === 'systemd' ? pid : undefined
}
