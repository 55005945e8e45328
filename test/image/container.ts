import { spawn } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { eventually } from '../support/eventually.ts'
import { namespaces } from './machine.ts'
import type { Network } from './network.ts'
import { collect, ended, type Finished, run, word } from './programs.ts'

/** A process in a root: what an image says about it. */
export type Inside = {
  readonly root: string
  readonly folder: string
  readonly user: { readonly uid: number; readonly gid: number }
  readonly environment: Readonly<Record<string, string>>
}
export type Mount =
  | { readonly kind: 'bind' | 'read-only'; readonly source: string; readonly target: string }
  | { readonly kind: 'empty'; readonly target: string }

export type Container = {
  /** Its first process, as this machine sees it. */
  readonly pid: number
  output(): string
  /** Runs a command beside it, as the same user; `asRoot` for looking around. */
  exec(command: readonly string[], how?: { readonly asRoot?: boolean; readonly limit?: number }): Promise<Finished>
  signal(name: NodeJS.Signals): void
  /** Its exit code; killed if it takes longer than the limit (milliseconds). */
  ended(limit: number): Promise<number>
}

/** The files that every container has: processes and a few devices. The mounts are gone when the last process ends. */
const usual = (root: string): readonly string[] => [
  'set -eu',
  `root=${word(root)}`,
  'mount --bind "$root" "$root"',
  'mount -t proc -o nosuid,nodev,noexec proc "$root/proc"',
  'mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs "$root/dev"',
  'for device in null zero full random urandom tty; do',
  '  : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"',
  'done',
  'ln -s /proc/self/fd "$root/dev/fd"',
]

const enter = ({ folder, user }: Inside, command: readonly string[]): string =>
  [
    'unshare --root="$root"',
    `--wd=${word(folder)} --setgid=${user.gid} --setuid=${user.uid} --`,
    ...command.map(word),
  ].join(' ')

/** Carries out one `RUN`, with the network of this machine. */
export const runStep = (inside: Inside, command: string, network: Network): Promise<Finished> => {
  const lines = [
    ...usual(inside.root),
    'mount --bind -o ro /etc/resolv.conf "$root/etc/resolv.conf"',
    // /dev is gone after the step, so that nothing of this machine stays in the image.
    ...network.files.map(({ source, target }) => `cp ${word(source)} "$root"${word(target)}`),
    `exec ${enter(inside, ['/bin/sh', '-c', command])}`,
  ]
  const env = { ...inside.environment, ...network.environment }
  return run('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', lines.join('\n')], { env })
}

/** A container: a read-only root, no network but its own loopback, no way to more rights. */
export type Launch = { readonly inside: Inside; readonly mounts: readonly Mount[]; readonly command: readonly string[] }

/** Runs a container that is expected to end by itself. */
export const runContainer = (launch: Launch): Promise<Finished> =>
  run('unshare', launchArguments(launch), { env: launch.inside.environment, limit: 60_000 })

/** Starts one that goes on. */
export const startContainer = async (launch: Launch): Promise<Container> => {
  const { environment, root, user } = launch.inside
  const child = spawn('unshare', launchArguments(launch), { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  const code = ended(child)
  const pid = await eventually(() => firstInside(child.pid ?? 0, root), {
    about: () => `it did not begin: ${output()}`,
  })
  return {
    pid,
    output,
    signal: (name) => void process.kill(pid, name),
    exec: (words, { asRoot = false, limit = 60_000 } = {}) => {
      const { uid, gid } = asRoot ? { uid: 0, gid: 0 } : user
      const target = ['--target', String(pid), '--mount', '--pid', '--net', '--ipc', '--uts', '--root', '--wd']
      const args = [...target, `--setuid=${uid}`, `--setgid=${gid}`, '--', ...words]
      return run('nsenter', args, { env: environment, limit })
    },
    ended: async (limit) => {
      const tooLate = setTimeout(() => child.kill('SIGKILL'), limit)
      return code.finally(() => clearTimeout(tooLate))
    },
  }
}

const launchArguments = ({ inside, mounts, command }: Launch): readonly string[] => {
  const lines = [
    ...usual(inside.root),
    'ip link set lo up',
    ...mounts.flatMap(mountLines),
    'mount -o remount,bind,ro "$root"',
    `exec setpriv --no-new-privs ${enter(inside, command)}`,
  ]
  return [...namespaces, '--fork', '--kill-child', 'sh', '-c', lines.join('\n')]
}

/** `mount --bind -o ro` alone would leave what is mounted writable on older kernels. */
const mountLines = (mount: Mount): readonly string[] => {
  const target = `"$root"${word(mount.target)}`
  const make = `mkdir -p ${target}`
  if (mount.kind === 'empty') return [make, `mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs ${target}`]
  const bind = `mount --bind ${word(mount.source)} ${target}`
  return mount.kind === 'bind' ? [make, bind] : [make, bind, `mount -o remount,bind,ro ${target}`]
}

/** The first process, once it has entered the root: before, a command beside it would run outside. */
const firstInside = async (parent: number, root: string): Promise<number | undefined> => {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
  const pid = Number.parseInt(children, 10)
  const entered = await readlink(`/proc/${pid}/root`).catch(() => undefined)
  return entered === root ? pid : undefined
}
