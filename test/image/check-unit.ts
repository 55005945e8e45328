import { copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Image } from './build.ts'
import { credentialNames } from './check-content.ts'
import { type Checklist, expect, expectNone, within } from './checklist.ts'
import { must, word } from './programs.ts'
import { below, configuration, people, port, slackTokens, vaultCredentials, writeFiles } from './sample.ts'
import { bootSystemd, type SystemdMachine } from './systemd-machine.ts'

type Subject = {
  readonly image: Image
  readonly context: string
  /** A Debian with systemd, to be changed. */
  readonly root: string
  readonly checks: Checklist
}

const service = 'latchkey.service'
const node = '/opt/latchkey/node_modules/.bin/node'
const state = '/var/lib/latchkey'

/** Installs Latchkey as the unit's comment says, and lets a real systemd run it. */
export const checkUnit = async ({ image, context, root, checks }: Subject): Promise<void> => {
  await installInto(root, image)
  const machine = await bootSystemd(root, [join(context, 'manifests', service)])
  try {
    await checkText(machine, context, checks)
    await checkRunning(machine, checks)
    await checkEnds(machine, root, checks)
  } finally {
    await machine.stop()
  }
}

const checkText = async (machine: SystemdMachine, context: string, checks: Checklist): Promise<void> => {
  await checks.that('systemd understands every line of the unit', async () => {
    const said = await machine.must('systemd-analyze', 'verify', `/run/units/${service}`)
    expect(said === '', said)
    return undefined
  })
  await checks.that('systemd rates what the unit leaves open at 1.5 of 10 at most', async () => {
    const unit = `/run/units/${service}`
    const said = await machine.must('systemd-analyze', 'security', '--offline=true', '--threshold=15', unit)
    return said.trim().split('\n').at(-1)
  })
  await checks.that('the unit says in which file each credential is looked for', async () => {
    const unit = await readFile(join(context, 'manifests', service), 'utf8')
    const lines = (await credentialNames(context)).flatMap((name) => {
      const file = name.toLowerCase()
      return [`Environment=${name}_FILE=%d/${file}`, `LoadCredential=${file}:/etc/latchkey/credentials/${file}`]
    })
    expectNone(
      lines.filter((line) => !unit.includes(`${line}\n`)),
      'missing',
    )
    return undefined
  })
}

const checkEnds = async (machine: SystemdMachine, root: string, checks: Checklist): Promise<void> => {
  await checks.that('the service that is killed comes back', async () => {
    await machine.must('systemctl', 'kill', '--signal=KILL', service)
    const isBack = await within(30_000, async () => ((await property(machine, 'NRestarts')) === '1' ? true : undefined))
    expect(isBack === true && (await within(20_000, () => answers(machine))) === true, await story(machine))
    return undefined
  })
  await checks.that('the service stops in order', async () => {
    await machine.must('systemctl', 'stop', service)
    const [result, status] = [await property(machine, 'Result'), await property(machine, 'ExecMainStatus')]
    expect(result === 'success' && status === '0', `${result}, exit ${status}\n${await story(machine)}`)
    return undefined
  })
  await checks.that('the service without a token fails, and says which', async () => {
    await rm(join(root, 'etc/latchkey/credentials/slack_app_token'))
    await machine.must('systemctl', 'start', service)
    const said = await within(20_000, async () => /SLACK_APP_TOKEN: missing.*/.exec(await story(machine))?.[0])
    expect(said !== undefined, await story(machine))
    return said
  })
}

const installInto = async (root: string, image: Image): Promise<void> => {
  await must('cp', ['--archive', join(image.root, 'app'), join(root, 'opt/latchkey')])
  await mkdir(join(root, 'opt/latchkey/node_modules/.bin'), { recursive: true })
  await copyFile(join(image.root, 'usr/local/bin/node'), join(root, node))
  await must('chroot', [root, 'useradd', '--system', '--user-group', '--home-dir', state, 'latchkey'])
  const written = {
    'latchkey.yaml': configuration(`${state}/latchkey.sqlite`, `/run/credentials/${service}`),
    'people.yaml': people,
  }
  await writeFiles(join(root, 'etc/latchkey'), { files: written, owner: 0, mode: 0o644 })
  const secrets = below('credentials', { ...slackTokens, ...vaultCredentials })
  await writeFiles(join(root, 'etc/latchkey'), { files: secrets, owner: 0, mode: 0o600 })
  await must('chmod', ['700', join(root, 'etc/latchkey/credentials')])
}

const checkRunning = async (machine: SystemdMachine, checks: Checklist): Promise<void> => {
  await checks.that('as a service it answers', async () => {
    await machine.must('systemctl', 'start', service)
    expect((await within(20_000, () => answers(machine))) === true, await story(machine))
    return undefined
  })
  const pid = await property(machine, 'MainPID')
  await checks.that('the service has a user of its own, no capability, and a filter of system calls', async () => {
    const status = await machine.must('cat', `/proc/${pid}/status`)
    const own = (await machine.must('id', '--user', 'latchkey')).trim()
    const wanted = [
      `Uid:\t${own}\t`,
      'CapEff:\t0000000000000000',
      'CapBnd:\t0000000000000000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ]
    expectNone(
      wanted.filter((one) => !status.includes(one)),
      `missing in:\n${status}`,
    )
    return undefined
  })
  await checks.that(
    'the service finds no credential in its environment, and a read-only copy in its folder',
    async () => {
      const environment = await machine.must('cat', `/proc/${pid}/environ`)
      expectNone(
        Object.values({ ...slackTokens, ...vaultCredentials }).filter((one) => environment.includes(one)),
        'there',
      )
      const mounts = await machine.must('cat', `/proc/${pid}/mounts`)
      expect(/ \/run\/credentials\/latchkey\.service \w+ ro,/.test(mounts), mounts)
      return undefined
    },
  )
  await checks.that('the service sees a file system that it cannot change, but for its state', async () => {
    const touch = (path: string) => machine.run('nsenter', '--target', pid, '--mount', '--', 'touch', path)
    for (const path of ['/opt/latchkey/x', '/etc/x', '/var/lib/x', '/usr/x']) {
      const { code, output } = await touch(path)
      expect(code !== 0 && output.includes('Read-only file system'), `${path}: ${code} ${output}`)
    }
    return undefined
  })
  await checks.that('the state of the service is for its user alone', async () => {
    const found = await machine.must('find', state, '-printf', '%u %m %y %P\n')
    const lines = found.trim().split('\n')
    expectNone(
      lines.filter((line) => !/^latchkey (700 d|600 f|600 s) /.test(line)),
      'open',
    )
    expect(found.includes('latchkey.sqlite\n'), found)
    return undefined
  })
  await checks.that('the commands for operators reach the service', async () => {
    const command = `${node} /opt/latchkey/src/cli/main.ts status --config /etc/latchkey/latchkey.yaml`
    return (
      await machine.must('setpriv', '--reuid=latchkey', '--regid=latchkey', '--clear-groups', 'sh', '-c', command)
    )
      .split('\n')
      .at(1)
  })
}

const property = async (machine: SystemdMachine, name: string): Promise<string> =>
  (await machine.must('systemctl', 'show', '--property', name, '--value', service)).trim()

const answers = async (machine: SystemdMachine): Promise<true | undefined> => {
  const script = `fetch('http://127.0.0.1:${port}/healthz').then((it) => process.exit(it.ok ? 0 : 1), () => process.exit(1))`
  const { code } = await machine.run('sh', '-c', `${node} --eval ${word(script)}`)
  return code === 0 ? true : undefined
}

const story = (machine: SystemdMachine): Promise<string> =>
  machine.must('journalctl', '--no-pager', '--lines=20', '--unit', service)
