import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCommandLine } from '../../src/cli/main.ts'
import { CliError, exitCodes } from '../../src/cli/trouble.ts'
import { slackUsers, team } from '../../src/demo/example.ts'
import { type OpenBaoServer, startOpenBao } from '../../src/demo/openbao.ts'
import { type SlackSimulator, startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { newAuthority } from '../support/certificates.ts'
import { runProcess } from '../support/cli-process.ts'
import { inTerminal } from '../support/in-terminal.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { runCli } from '../support/run-cli.ts'

let vault: OpenBaoServer
let slack: SlackSimulator
let folder: string
const tokens = { SLACK_BOT_TOKEN: 'xoxb-init', SLACK_APP_TOKEN: 'xapp-init' }
beforeAll(async () => {
  vault = await startOpenBao()
  const admin = rawCall(vault.address, vault.rootToken)
  await admin('POST', 'sys/mounts/apps', { type: 'kv', options: { version: '2' } })
  await admin('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } })
  await admin('POST', 'sys/mounts/keys', { type: 'transit' })
  slack = await startSlackSimulator({
    ...{ team, botToken: tokens.SLACK_BOT_TOKEN, appToken: tokens.SLACK_APP_TOKEN, socketMode: true },
    ...{ signingSecret: 's', people: Object.values(slackUsers) },
  })
})
afterAll(async () => {
  await slack.close()
  await vault.stop()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-init-'))
  return () => rm(folder, { recursive: true, force: true })
})

const admin = () => ({ BAO_ADDR: vault.address, BAO_TOKEN: vault.rootToken })
const written = (name: string) => readFile(join(folder, name), 'utf8')
const line = (...more: readonly string[]) => [
  ...['init', '--config', join(folder, 'latchkey.yaml'), '--api-url', slack.apiUrl, ...more],
]
const given = ['--owner', 'database-owner', '--requester', 'developer', '--link', 'https://latchkey.example.com']

describe('latchkey init', () => {
  test('asks, refuses what cannot be, writes what config check takes, and leaves a whole set-up', async () => {
    const answers = [
      ...['', 'apps,old', 'apps', ''], // the vault, its mounts
      ...['xapp-init', 'xoxb-wrong', 'xoxb-init', 'xoxb-init', 'xapp-init'], // the tokens
      ...['database-ownr', '@database-owner, U0PLATFORM', 'developer', '15', '15m 2h'], // people and lengths
      ...['http://latchkey.example.com', 'https://latchkey.example.com'],
      'yes', // prepare the vault
    ]
    const done = await runCli(line(), { environment: admin(), answers })
    expect(done.err).toContain('there is no KV version 2 mount old/; there are: apps, secret')
    expect(done.err).toContain('this looks like the app-level token')
    expect(done.err).toContain('Slack refuses auth.test: invalid_auth')
    expect(done.err).toContain(`Slack: Example (${team.id})`)
    expect(done.err).toContain('this looks like the bot token')
    expect(done.err).toContain('did you mean database-owner?')
    expect(done.err).toContain('15: write lengths such as 15m')
    expect(done.err).toContain('use https')
    expect(done.out).toContain('latchkey.yaml is in order.')
    expect(done).toMatchObject({ code: 0, out: expect.not.stringMatching(/^missing /m) })
    expect(done.out).toContain(`latchkey slack test --config ${join(folder, 'latchkey.yaml')} --to database-owner\n`)
    expect(done.out).toMatch(/\nOwner tags are not read before you uncomment resourceOwner in latchkey\.yaml\.\n$/)

    expect(await written('people.yaml')).toContain(
      `database-owner: { name: Database owner, slack: [${team.id}/U0DBOWNER] }`,
    )
    expect(await written('people.yaml')).toContain('owners: [database-owner, platform-lead]\n  requesters: [developer]')
    const config = await written('latchkey.yaml')
    expect(config).toContain('durations: [15m, 2h]')
    expect(config).not.toContain('listen:')
    expect(config).toContain('kvMounts: [apps]\n      transitMounts: [keys]')
    expect(config + (await written('people.yaml'))).not.toMatch(/xox|xapp|root-/)
    expect(await written('latchkey.env')).toContain('SLACK_BOT_TOKEN=xoxb-init\nSLACK_APP_TOKEN=xapp-init\n')
    expect((await stat(join(folder, 'latchkey.env'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'credentials/secret_id'))).mode & 0o777).toBe(0o600)
    for (const name of await readdir(folder, { recursive: true })) {
      const text = await readFile(join(folder, name), 'utf8').catch(() => '')
      expect(text, name).not.toContain(vault.rootToken)
    }
    const check = await runProcess(['config', 'check', '--config', join(folder, 'latchkey.yaml')], {
      environment: tokens,
    })
    expect(check).toMatchObject({ code: 0, out: expect.stringContaining('is in order (production)') })
    const tagged = config.replace(/^ {4}# (resourceOwner:| {2}key:| {2}allow:)/gm, '    $1')
    expect(tagged).toMatch(/^ {4}resourceOwner:.*\n {6}key: owner.*\n {6}allow: \[group:owners\]/m)
    await writeFile(join(folder, 'latchkey.yaml'), tagged)
    const again = await runCli(['config', 'check', '--config', join(folder, 'latchkey.yaml')], { environment: tokens })
    expect(again).toMatchObject({ code: 0 })
  })

  test('listens at the port of a link to this machine, and stays within the terminal', async () => {
    const link = ['--owner', 'database-owner', '--requester', 'developer', '--link', 'http://127.0.0.1:9191']
    const done = await runCli(line(...link, '--kv', 'apps', '--length', '1h', '--setup'), {
      environment: { ...admin(), ...tokens },
      width: 80,
    })
    expect(await written('latchkey.yaml')).toContain('listen: { port: 9191 }')
    const long = done.out.split('\n').filter((one) => one.length > 80 && one.trim().includes(' '))
    expect(long.filter((one) => !/^(latchkey|set -a;|Written:|Then try) ?/.test(one) && !one.includes(folder))).toEqual(
      [],
    )
  })

  test('asks nothing that an option says, and prints the set-up where it may not do it', async () => {
    const environment = { BAO_ADDR: vault.address, ...tokens }
    const done = await runProcess(line(...given, '--kv', 'apps', '--length', '1h'), { environment })
    expect(done.out).toMatch(
      /^latchkey vault setup --apply --address \S+ --kv apps --no-transit --unwrapped --credentials-dir \S+$/m,
    )
    expect(done).toMatchObject({ code: 1, err: expect.stringMatching(/needed things? (is|are) missing/) })
    expect((await readdir(folder)).toSorted()).toEqual(['latchkey.yaml', 'people.yaml'])
    const command = /^latchkey (vault setup .*)$/m.exec(done.out)?.[1]?.split(' ') ?? []
    expect(await runProcess(command, { environment: admin() })).toMatchObject({ code: 0 })
    expect(await runProcess(line(...given), { environment })).toMatchObject({
      code: 2,
      err: expect.stringContaining('latchkey.yaml and people.yaml would be replaced: add --force'),
    })
    const again = await runProcess(line(...given, '--force', '--kv', 'apps'), { environment })
    expect(again.code).toBe(0)
  })

  test('lists the options that are needed where nobody can be asked, and writes nothing', async () => {
    const done = await runProcess(line(), { environment: {} })
    expect(done.code).toBe(2)
    expect(done.err).toContain('give --vault, --workspace (or SLACK_BOT_TOKEN), --owner, --requester, --link')
    expect(await readdir(folder)).toEqual([])
  })

  test('says before the questions that a folder cannot be written to, or a name cannot be', async () => {
    const nowhere = ['init', '--config', join(folder, 'nowhere/latchkey.yaml')]
    expect(await runProcess(nowhere)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/nowhere cannot be written to \(ENOENT\); choose another place with --config\n$/),
    })
    expect(await runProcess(line('--name', 'a b'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('--name a b'),
    })
  })

  test('replaces no file without a yes, and writes nothing after Ctrl-C', async () => {
    await writeFile(join(folder, 'people.yaml'), 'mine')
    const refused = await runCli(line(), { environment: admin(), answers: ['no'] })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('nothing was written') })
    expect(await written('people.yaml')).toBe('mine')
    await rm(join(folder, 'people.yaml'))
    const answers = ['', 'apps']
    let err = ''
    const code = await runCommandLine(line(), {
      ...{ environment: admin(), width: 80, say: () => {}, input: async () => '' },
      note: (text) => {
        err += text
      },
      ask: async () => {
        const next = answers.shift()
        if (next === undefined) throw new CliError('nothing was done', exitCodes.interrupted)
        return next
      },
    })
    expect({ code, files: await readdir(folder) }).toEqual({ code: 130, files: [] })
    expect(err).toMatch(/latchkey: nothing was written$/)
  })

  test('never shows a token that is typed, and writes nothing after Ctrl-C in a terminal', async () => {
    const { code, shown } = await inTerminal(line(), {
      environment: admin(),
      answers: [
        ['Address of the vault', '\r'],
        ['KV version 2 mounts', 'apps\r'],
        ['Transit mounts', '\r'],
        ['Bot token', 'xoxb-init\r'],
        ['App-level token', 'xapp-init\r'],
        ['Owners', '\u0003'],
      ],
    })
    expect(shown).toContain(`Slack: Example (${team.id})`)
    expect(shown).not.toMatch(/-init\b/)
    expect(shown).toMatch(/Owners.*\r\nlatchkey: nothing was written\r\n$/s)
    expect({ code, files: await readdir(folder) }).toEqual({ code: 130, files: [] })
  })

  test('takes a link that leads nowhere for a file, and never writes through it', async () => {
    const target = join(folder, 'elsewhere', 'people.yaml')
    await symlink(target, join(folder, 'people.yaml'))
    const refused = await runCli(line(), { environment: admin(), answers: ['no'] })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('nothing was written') })
    const options = [...given, '--kv', 'apps', '--transit', 'none', '--length', '1h', '--no-setup', '--force']
    await runCli(line(...options), { environment: { ...admin(), ...tokens } })
    expect((await lstat(join(folder, 'people.yaml'))).isFile()).toBe(true)
    expect(await readdir(folder)).not.toContain('elsewhere')
    expect(await written('people.yaml')).toContain('owners: [database-owner]')
  })

  test('sends no administrator’s token to another machine in the clear', async () => {
    const tokensSeen: unknown[] = []
    const plain = createPlainServer((request, response) => {
      tokensSeen.push(request.headers['x-vault-token'])
      response.end(JSON.stringify({ initialized: true, sealed: false, standby: false, version: '2.7.2' }))
    }).listen(0, '127.0.0.2')
    await new Promise((resolve) => plain.once('listening', resolve))
    const address = plain.address()
    const url = `http://127.0.0.2:${typeof address === 'object' ? address?.port : 0}`
    const options = [...given, '--vault', url, '--kv', 'apps', '--transit', 'none', '--length', '1h', '--no-setup']
    const done = await runCli(line(...options), { environment: { BAO_TOKEN: vault.rootToken, ...tokens } })
    plain.close()
    expect(done.err).toContain('The token is not sent there: plain http shows it to the network.')
    expect(tokensSeen.filter((token) => token === vault.rootToken)).toEqual([])
    expect(tokensSeen).not.toEqual([])
  })

  test('works without tokens: people by their ids, and mounts that are believed', async () => {
    const answers = ['', '', '', '', 'T0EXAMPLE', '', 'database-owner', 'U0DBOWNER', 'U0DEVELOPER', '', '']
    const done = await runCli(line(), { environment: { BAO_ADDR: vault.address }, answers })
    expect(done.err).toContain('without a bot token, write ids such as U0AAAAAAA')
    expect(await written('latchkey.yaml')).toContain('tenants: [T0EXAMPLE]')
    expect(await written('people.yaml')).toContain(`u0dbowner: { name: U0DBOWNER, slack: [${team.id}/U0DBOWNER] }`)
    expect(done.out).toContain('SLACK_BOT_TOKEN: missing; set it')
  })

  test('asks for the authority of a certificate that is not trusted, and writes its file', async () => {
    const authority = newAuthority(join(folder, 'ca'))
    const proxy = createServer(authority.issue('IP:127.0.0.1'), async (request, response) => {
      const answer = await fetch(`${vault.address}${request.url}`, {
        headers: { 'x-vault-token': String(request.headers['x-vault-token']) },
      })
      response.writeHead(answer.status).end(await answer.text())
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => proxy.once('listening', resolve))
    const address = proxy.address()
    const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const environment = { BAO_TOKEN: vault.rootToken, ...tokens }
    const answers = [join(folder, 'nowhere.pem'), authority.caFile, 'apps', '', '', 'no']
    const done = await runCli(line('--vault', url, ...given, '--no-setup'), { environment, answers })
    expect(done.err).toContain('its certificate is not trusted')
    expect(done.err).toContain('nowhere.pem cannot be read: there is no such file')
    expect(await written('latchkey.yaml')).toContain(`caFile: ${authority.caFile}`)
    expect(done.out).toContain(`--ca-file ${authority.caFile}`)
    const other = newAuthority(join(folder, 'other')).caFile
    for (const [file, words] of [
      [join(folder, 'absent.pem'), 'there is no such file; correct BAO_CACERT'],
      [other, `not signed by any authority in ${other} (from BAO_CACERT)`],
    ] as const) {
      const wrong = await runCli(line('--vault', url, ...given, '--no-setup', '--force'), {
        environment: { ...environment, BAO_CACERT: file },
        answers: answers.slice(1),
      })
      expect(wrong.err).toContain(words)
      expect(await written('latchkey.yaml')).toContain(`caFile: ${authority.caFile}`)
    }
    proxy.close()
    proxy.closeAllConnections()
  })
})
