import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Image } from './build.ts'
import { type Checklist, expect, expectNone, within } from './checklist.ts'
import { type Container, type Launch, type Mount, runContainer, startContainer } from './container.ts'
import { must } from './programs.ts'
import { below, configuration, people, port, slackTokens, vaultCredentials, writeFiles } from './sample.ts'

type Subject = { readonly image: Image; readonly work: string; readonly version: string; readonly checks: Checklist }

/** How long `docker stop` waits before it kills, milliseconds. */
const patience = 10_000
const secrets = { ...slackTokens, ...below('vault', vaultCredentials) }
/** Starts the image as an engine would with everything forbidden that can be forbidden. */
export const checkStart = async ({ image, work, version, checks }: Subject): Promise<void> => {
  const data = join(work, 'data')
  // An engine fills a fresh volume with what the image has there, owner and mode included.
  await must('cp', ['--archive', join(image.root, image.volumes[0] ?? ''), data])
  const writable: readonly Mount[] = [
    ...image.volumes.map((target) => ({ kind: 'bind' as const, source: data, target })),
    { kind: 'empty', target: '/tmp' },
  ]
  const { config, tokens } = await operatorsMounts(work, image.user.uid)
  const launch = (command: readonly string[], ...mounts: readonly Mount[]): Launch => ({
    inside: image,
    mounts: [...writable, ...mounts],
    command,
  })

  await checkRefusals(launch(image.command), launch(image.command, config), checks)
  await checks.that('latchkey --version and --help answer', async () => {
    const said = await runContainer(launch(['latchkey', '--version']))
    expect(said.code === 0 && said.output.trim() === version, said.output)
    const help = await runContainer(launch(['latchkey', '--help']))
    expect(help.code === 0 && help.output.includes('serve'), help.output)
    return version
  })
  const container = await startContainer(launch(image.command, config, tokens))
  const running = { image, container, data, checks }
  try {
    await checkHealth(running)
    await checkConfinement(running)
    await checkWork(running)
  } finally {
    await checkEnd(container, checks)
  }
}

/** What an operator mounts, as the head of the Dockerfile describes it. */
const operatorsMounts = async (
  work: string,
  uid: number,
): Promise<{ readonly config: Mount; readonly tokens: Mount }> => {
  const [config, tokens] = [join(work, 'config'), join(work, 'secrets')]
  const files = { 'latchkey.yaml': configuration('/data/latchkey.sqlite', '/run/secrets/vault'), 'people.yaml': people }
  await writeFiles(config, { files, owner: 0, mode: 0o644 })
  await writeFiles(tokens, { files: secrets, owner: uid, mode: 0o400 })
  return {
    config: { kind: 'read-only', source: config, target: '/etc/latchkey' },
    tokens: { kind: 'read-only', source: tokens, target: '/run/secrets' },
  }
}

const checkRefusals = async (unconfigured: Launch, withoutTokens: Launch, checks: Checklist): Promise<void> => {
  await checks.that('without a configuration it ends, and says what to do', async () => {
    const { code, output } = await runContainer(unconfigured)
    expect(code !== 0 && code < 126, `it ended with ${code}: ${output}`)
    expect(/\/etc\/latchkey\/latchkey\.yaml.*LATCHKEY_CONFIG/s.test(output), output)
    expect(!/^\s+at /m.test(output), `a stack helps nobody:\n${output}`)
    return `exit ${code}, "${output.trim().replace(/\s+/g, ' ')}"`
  })
  await checks.that('without a token it ends, and names the file', async () => {
    const { code, output } = await runContainer(withoutTokens)
    expect(code !== 0 && code < 126, `it ended with ${code}: ${output}`)
    expect(output.includes('SLACK_BOT_TOKEN_FILE: /run/secrets/slack_bot_token'), output)
    return `exit ${code}`
  })
}

const checkEnd = async (container: Container, checks: Checklist): Promise<void> => {
  await checks.that('SIGTERM ends it in order', async () => {
    const asked = Date.now()
    container.signal('SIGTERM')
    const code = await container.ended(patience)
    expect(code === 0, `it ended with ${code}:\n${container.output()}`)
    return `exit 0 after ${Date.now() - asked} ms`
  })
  await checks.that('no credential stands in its output', () => {
    expectNone(
      Object.values(secrets).filter((value) => container.output().includes(value)),
      'shown',
    )
    return undefined
  })
}

type Running = {
  readonly image: Image
  readonly container: Container
  readonly data: string
  readonly checks: Checklist
}

const checkHealth = async ({ image, container, checks }: Running): Promise<void> => {
  const began = Date.now()
  const { command, timeout, startPeriod } = image.healthCheck
  const health = () => container.exec(command, { limit: timeout * 1000 })
  const isHealthy = async () => ((await health()).code === 0 ? true : undefined)

  await checks.that(`it becomes healthy, by the health check of the Dockerfile, on port ${port}`, async () => {
    const healthy = await within(startPeriod * 1000, isHealthy)
    expect(healthy === true, `not within ${startPeriod} s: ${(await health()).output}\n${container.output()}`)
    return `after ${((Date.now() - began) / 1000).toFixed(1)} s`
  })
  await checks.that('a Latchkey that hangs is found unhealthy', async () => {
    container.signal('SIGSTOP')
    const { code } = await health()
    container.signal('SIGCONT')
    expect(code === 1, `the health check ended with ${code}`)
    expect((await within(patience, isHealthy)) === true, 'it does not become healthy again')
    return undefined
  })
}

const checkConfinement = async ({ container, checks }: Running): Promise<void> => {
  await checks.that('it is process 1, user 1000, without any capability and without a way to more', async () => {
    const status = await readFile(`/proc/${container.pid}/status`, 'utf8')
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
    const seen = [field('Uid'), field('Gid'), field('CapEff'), field('CapPrm'), field('NoNewPrivs'), field('NSpid')]
    const wanted = [/^(1000\s*){4}$/, /^(1000\s*){4}$/, /^0+$/, /^0+$/, /^1$/, /\s1$/]
    expect(
      wanted.every((one, index) => one.test(seen[index] ?? '')),
      seen.join(' | '),
    )
    return undefined
  })
  await checks.that('its root file system is read-only, even for root; /data and /tmp are not', async () => {
    for (const path of ['/app/x', '/etc/x', '/usr/local/bin/x', '/etc/latchkey/x', '/run/secrets/x']) {
      const { code, output } = await container.exec(['touch', path], { asRoot: true })
      expect(code !== 0 && output.includes('Read-only file system'), `${path}: ${code} ${output}`)
    }
    for (const path of ['/data/x', '/tmp/x']) {
      const { code, output } = await container.exec(['sh', '-c', `: > ${path} && rm ${path}`])
      expect(code === 0, `${path}: ${output}`)
    }
    return undefined
  })
}

const checkWork = async ({ container, data, checks }: Running): Promise<void> => {
  await checks.that('every file in /data is for its owner alone', async () => {
    const { mode, uid } = await stat(data)
    expect((mode & 0o777) === 0o700 && uid === 1000, `the folder has mode ${(mode & 0o777).toString(8)} of ${uid}`)
    const files = await readdir(data)
    for (const name of files) {
      const file = await stat(join(data, name))
      expect((file.mode & 0o777) === 0o600 && file.uid === 1000, `${name}: ${(file.mode & 0o777).toString(8)}`)
    }
    expect(files.includes('latchkey.sqlite'), `there is no database: ${files.join(', ')}`)
    return files.sort().join(', ')
  })
  await checks.that('the commands for operators work beside it', async () => {
    for (const command of ['audit verify', 'status']) {
      const { code, output } = await container.exec(['latchkey', ...command.split(' ')])
      expect(code === 0, `latchkey ${command} ended with ${code}: ${output}`)
    }
    return 'latchkey audit verify, latchkey status'
  })
}
