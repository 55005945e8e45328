import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findOpenSsh } from './openssh.ts'

const run = promisify(execFile)

/** An account on the machine: who names it in a certificate gets in. */
export type Account = string

/** A machine that trusts the key of an SSH engine. */
export type Machine = {
  /** A new key pair; answers with the path of the private key. */
  key(): Promise<string>
  readonly publicKey: (key: string) => Promise<string>
  /** Puts a certificate beside its key. */
  keep(key: string, certificate: string): Promise<void>
  /** Whether the key, with the certificate beside it, is let in as this account. */
  letsIn(key: string, account: Account): Promise<boolean>
  /** A session that stays open; `answers` asks its far end for something. */
  session(key: string, account: Account): Promise<{ answers(): Promise<boolean>; close(): void }>
  /** What a certificate says, as OpenSSH shows it. */
  shown(key: string): Promise<string>
  stop(): Promise<void>
}

/**
 * A real `sshd` on loopback. Each account has a port, because only a server with root's rights can let in several users.
 * As root it runs as `daemon`, so that no test gives a shell of root. Sessions get file transfer and nothing else.
 */
export const startMachine = async (authority: string, accounts: readonly Account[]): Promise<Machine> => {
  const { sshd, ssh, keygen, env, helpers } = await findOpenSsh()
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sshd-'))
  const user = await whoRuns()
  const ports = await Promise.all(accounts.map(freePort))
  const portOf = (account: Account) => String(ports[accounts.indexOf(account)])
  const newKey = async (name: string) => {
    const file = join(folder, name)
    await run(keygen, ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file], { env })
    return file
  }
  await chmod(folder, 0o755)
  const hostKey = await newKey('host')
  await chown(hostKey, user.uid, user.gid)
  await writeFile(join(folder, 'authority.pub'), authority)
  for (const account of accounts) await writeFile(join(folder, `for-${account}`), `${account}\n`)
  const lines = [
    ...ports.map((port) => `ListenAddress 127.0.0.1:${port}`),
    `HostKey ${hostKey}`,
    `TrustedUserCAKeys ${join(folder, 'authority.pub')}`,
    ...['PidFile none', 'AuthorizedKeysFile none', 'AuthenticationMethods publickey', 'UsePAM no', 'StrictModes no'],
    ...['Subsystem sftp internal-sftp', 'ForceCommand internal-sftp', 'LogLevel VERBOSE', 'UseDNS no'],
    ...(await helperLines(helpers)),
    ...accounts.flatMap((account) => [
      `Match LocalPort ${portOf(account)}`,
      `  AuthorizedPrincipalsFile ${join(folder, `for-${account}`)}`,
    ]),
  ]
  const config = join(folder, 'sshd_config')
  await writeFile(config, `${lines.join('\n')}\n`)
  const server = spawn(sshd, ['-D', '-e', '-f', config], { env, stdio: ['ignore', 'ignore', 'pipe'], ...user })
  let log = ''
  server.stderr.setEncoding('utf8').on('data', (more: string) => {
    log += more
  })
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill()
      await once(server, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  }
  const isUp = () => ports.every((port) => log.includes(`port ${port}.`))
  for (let look = 0; !isUp(); look += 1) {
    if (server.exitCode !== null || look > 400) {
      await stop()
      throw new Error(`sshd does not start: ${log}`)
    }
    await Promise.race([once(server.stderr, 'data'), once(server, 'exit'), pause(25)])
  }
  const argumentsFor = (key: string, account: Account) => [
    ...['-F', 'none', '-i', key, '-p', portOf(account), '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentityAgent=none'],
    ...['-o', 'LogLevel=ERROR', `${user.name}@127.0.0.1`],
  ]
  let keys = 0
  return {
    key: () => newKey(`key-${++keys}`),
    publicKey: (key) => readFile(`${key}.pub`, 'utf8'),
    keep: (key, certificate) => writeFile(`${key}-cert.pub`, certificate),
    letsIn: async (key, account) => {
      const client = spawn(ssh, argumentsFor(key, account), { env, stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      client.stderr.setEncoding('utf8').on('data', (more: string) => {
        said += more
      })
      const [code] = await once(client, 'close')
      if (code !== 255) return true // ssh itself fails with 255; file transfer ends at once without input
      if (said.includes('Permission denied')) return false
      throw new Error(`ssh failed otherwise (${code}): ${said}\n${log.slice(-2000)}`)
    },
    session: async (key, account) => {
      const client = spawn(ssh, [...argumentsFor(key, account), '-s', 'sftp'], {
        env,
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const hello = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])
      const answers = async () => {
        if (client.exitCode !== null || !client.stdin.writable) return false
        client.stdin.write(hello)
        const said = await Promise.race([once(client.stdout, 'data'), once(client, 'exit')])
        return Buffer.isBuffer(said[0])
      }
      if (!(await answers())) throw new Error(`no session: ${log.slice(-2000)}`)
      return { answers, close: () => void client.kill() }
    },
    shown: async (key) => (await run(keygen, ['-L', '-f', `${key}-cert.pub`], { env })).stdout,
    stop,
  }
}

const whoRuns = async () => {
  const { uid, gid, username } = userInfo()
  if (uid !== 0) return { uid, gid, name: username }
  const [, line] = /^(daemon:.*)$/m.exec(await readFile('/etc/passwd', 'utf8')) ?? []
  const [name = '', , id = '', group = ''] = line?.split(':') ?? []
  if (name === '') throw new Error('The tests of ssh run sshd as "daemon", and this machine has no such user.')
  return { uid: Number(id), gid: Number(group), name }
}

/** Newer servers start helpers from a fixed place. */
const helperLines = async (helpers: string | undefined): Promise<readonly string[]> => {
  if (helpers === undefined) return []
  const known = [
    ['SshdSessionPath', 'sshd-session'],
    ['SshdAuthPath', 'sshd-auth'],
  ] as const
  const there = await Promise.all(
    known.map(async ([key, name]) => {
      const file = join(helpers, name)
      return stat(file).then(
        () => [`${key} ${file}`],
        () => [],
      )
    }),
  )
  return there.flat()
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds))
