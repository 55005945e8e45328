import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { slackUsers, team } from '../../src/demo/example.ts'
import { freePort, startLatchkey } from '../../src/demo/latchkey-process.ts'
import { type OpenBaoServer, startOpenBao } from '../../src/demo/openbao.ts'
import { startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { newAppCertificate } from '../support/app-certificate.ts'
import { runProcess } from '../support/cli-process.ts'
import { untilOpened, untilTold } from '../support/hands.ts'
import { inTerminal } from '../support/in-terminal.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { runCli } from '../support/run-cli.ts'
import { teamsHands } from '../support/teams-hands.ts'

const app = '11111111-aaaa-4aaa-8aaa-111111111111'
const tenant = '22222222-bbbb-4bbb-8bbb-222222222222'
const dba = '33333333-cccc-4ccc-8ccc-000000000001'
const oncall = '33333333-cccc-4ccc-8ccc-000000000002'
const stranger = '99999999-9999-4999-8999-999999999999'
const appSecret = 'abc8Q~the.value_of-it'
const { certificate, key } = newAppCertificate()

let vault: OpenBaoServer
let teams: TeamsSimulator
let folder: string
beforeAll(async () => {
  vault = await startOpenBao()
  const admin = rawCall(vault.address, vault.rootToken)
  await admin('POST', 'sys/mounts/apps', { type: 'kv', options: { version: '2' } })
  await admin('POST', 'apps/data/orders/database', { data: { password: 'of this test' } })
  teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret, appCertificate: certificate },
    people: [
      { oid: dba, name: 'Database administrator' },
      { oid: oncall, name: 'Engineer on call' },
    ],
  })
})
afterAll(async () => {
  await teams.close()
  await vault.stop()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-init-teams-'))
  return () => rm(folder, { recursive: true, force: true })
})

const config = () => join(folder, 'latchkey.yaml')
const admin = () => ({ BAO_ADDR: vault.address, BAO_TOKEN: vault.rootToken })
const written = (name: string) => readFile(join(folder, name), 'utf8')
const line = (...more: readonly string[]) => ['init', '--config', config(), '--simulator-url', teams.url, ...more]
const ids = ['--app-id', app, '--tenant', tenant]
const people = ['--owner', `${dba} Database administrator`, '--requester', `${tenant}/${oncall} Engineer on call`]
const rest = ['--kv', 'apps', '--transit', 'none', '--length', '15m', '--link', 'https://latchkey.example.com']

describe('latchkey init, for Microsoft Teams', () => {
  test('asks, refuses what cannot be, writes files and app package, and leaves a whole set-up', async () => {
    const answers = [
      ...['', 'apps', 'none'],
      ...['my app', app, tenant, 'secret', app, 'with blank', 'wrong', appSecret], // the application
      ...[dba, `${stranger}/${dba} Somebody`, 'on.call@example.com', `${dba} Database administrator`],
      ...[`${oncall.toUpperCase()} Engineer on call, ${dba}`, '15m'],
      ...['http://127.0.0.1:8080x', 'https://latchkey.example.com', 'perhaps', ''],
      'yes', // prepare the vault
    ]
    const done = await runCli(line(), { environment: admin(), answers, width: 80 })
    expect(done.err).toContain('write the application (client) id of the bot’s registration')
    expect(done.err).toContain('this looks like the id of the secret, not like its value')
    expect(done.err).toContain('a client secret has no blanks')
    expect(done.err).toMatch(/TEAMS_APP_SECRET is wrong: .*; see the application in Entra: App registrations/)
    expect(done.err).toContain(`${dba}: write the name behind it`)
    expect(done.err).toContain('is of another tenant than the bot')
    expect(done.err).toContain('on.call@example.com: write an object id and a name')
    expect(done.err).toContain('Teams lists nobody before they wrote to Latchkey')
    expect(done.err).toContain('   https://latchkey.example.com/teams/messages\n')
    expect(done.err).toContain('write yes or no')
    expect(done.out).toContain('latchkey.yaml is in order.')
    expect(done.out).not.toMatch(/^missing +(?! |server$)/m) // another program may have the usual port

    expect(parse(await written('latchkey.yaml')).teams).toEqual({ app, tenant, simulatorUrl: teams.url })
    expect(await written('latchkey.yaml')).not.toContain('slack')
    expect(parse(await written('people.yaml'))).toEqual({
      people: {
        'database-administrator': { name: 'Database administrator', teams: [`${tenant}/${dba}`] },
        'engineer-on-call': { name: 'Engineer on call', teams: [`${tenant}/${oncall}`] },
      },
      groups: { owners: ['database-administrator'], requesters: ['engineer-on-call', 'database-administrator'] },
    })
    expect(await written('latchkey.env')).toContain(`TEAMS_APP_SECRET=${appSecret}\n`)
    expect((await stat(join(folder, 'latchkey.env'))).mode & 0o777).toBe(0o600)
    for (const name of ['latchkey.yaml', 'people.yaml', 'latchkey-teams.zip'])
      expect(await readFile(join(folder, name), 'latin1')).not.toContain(appSecret)
    const packed = unzipSync(await readFile(join(folder, 'latchkey-teams.zip')))
    const manifest = JSON.parse(strFromU8(packed['manifest.json'] ?? new Uint8Array()))
    expect(manifest).toMatchObject({ bots: [{ botId: app }], validDomains: ['latchkey.example.com'] })

    const steps = done.out.slice(done.out.indexOf('What is left for Microsoft Teams'))
    const order = ['portal.azure.com', '/teams/messages', 'Channels', 'admin.teams', 'latchkey-teams.zip', 'teams test']
    const places = order.map((words) => steps.indexOf(words))
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(places).not.toContain(-1)
    expect(steps).toContain('--to database-administrator\n')
    const long = `${done.out}${done.err}`.split('\n').filter((one) => one.length > 80 && one.trim().includes(' '))
    const isAnswer = (one: string) => / {2}\S/.test(one.slice(0, 3)) // what was wrong with an answer
    expect(
      long.filter((one) => !isAnswer(one) && !one.includes(folder) && !one.startsWith('latchkey vault setup')),
    ).toEqual([])
  })

  test('leads by options alone to a server in which a person asks in Teams, and an owner decides', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const options = [...ids, ...people, ...rest.slice(0, -1), url, '--setup']
    const environment = { TEAMS_APP_SECRET: appSecret }
    const done = await runProcess(line(...options), { environment: { ...admin(), ...environment } })
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('Entra gives out a token') })
    expect(done.out).toContain('Not written, because your environment has it: TEAMS_APP_SECRET\n')
    expect((await readdir(folder)).toSorted()).toEqual(['credentials', 'latchkey.yaml', 'people.yaml'])

    teams.setMessagingEndpoint(`${url}/teams/messages`)
    const started = { configFile: config(), url, environment, logFile: join(folder, 'log') }
    const server = await startLatchkey(started)
    try {
      const owner = teamsHands(teams, dba)
      await owner.command('help')
      const requester = teamsHands(teams, oncall)
      const isOpen = () => requester.view()?.title === 'Request access'
      const path = 'request apps/orders/database'
      await untilOpened(
        requester,
        () => requester.command(path),
        isOpen,
        () => 'the form opens',
      )
      await requester.fill('Why', 'The queue is stuck.')
      expect(await requester.submit()).toMatchObject({ closed: true, errors: {} })
      await owner.press(await untilTold(owner, '[Approve]'), 'Approve')
      expect((await owner.submit()).closed).toBe(true)
      await untilTold(requester, '[Get my one-time link]')
      const doctor = await runCli(['doctor', '--json', '--all', '--config', config()], { environment })
      const rows: readonly { readonly state: string }[] = JSON.parse(doctor.out)
      expect(rows.filter(({ state }) => state === 'missing')).toEqual([])

      // Who wrote before is known by name, or refused.
      const again = ['--force', ...ids, '--owner', dba, '--requester', oncall, ...rest, '--no-setup', '--no-package']
      await runCli(line(...again), { environment: { ...admin(), ...environment } })
      expect(await written('people.yaml')).toContain('name: Engineer on call')
      teams.setPerson(oncall, { role: 'guest' })
      const refused = await runCli(line(...again), {
        environment: { ...admin(), ...environment },
      })
      teams.setPerson(oncall, { role: 'member' })
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('is a guest') })
    } finally {
      await server.stop()
    }
  }, 60_000)

  test('takes a certificate by the path of its file, and shows no part of it', async () => {
    const [pem, half] = [join(folder, 'the app.pem'), join(folder, 'half.pem')]
    await writeFile(pem, certificate + key)
    await writeFile(half, certificate)
    const answers = ['', 'certificate', join(folder, 'absent.pem'), half, pem]
    const environment = { ...admin() }
    const options = [...ids, ...people, ...rest, '--no-setup', '--no-package']
    const done = await runCli(line(...options), { environment, answers })
    expect(done.err).toContain('absent.pem cannot be read (ENOENT)')
    expect(done.err).toContain('there is no private key in it')
    expect(done.err).toContain('Entra gives out a token')
    expect(parse(await written('latchkey.yaml')).teams.credential).toBe('certificate')
    expect(await written('latchkey.env')).toContain(`TEAMS_APP_CERTIFICATE_FILE='${pem}'\n`)
    expect(`${done.out}${done.err}${await written('latchkey.env')}`).not.toContain(key.split('\n')[1])
    const again = await runCli(line(...options, '--force', '--certificate', half), { environment })
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--certificate: there is no private key') })
  })

  test.each([
    ['the certificate itself', { TEAMS_APP_CERTIFICATE: certificate + key }, 'certificate'],
    ['the file of the secret', { TEAMS_APP_SECRET_FILE: 'secret' }, undefined],
  ])('asks for no credential where the environment has %s', async (_, variables, credential) => {
    const file = join(folder, 'secret')
    await writeFile(file, `${appSecret}\n`)
    const set = Object.entries(variables).map(([name, text]) => [name, name.endsWith('_FILE') ? file : text])
    const environment = { ...admin(), ...Object.fromEntries(set) }
    const link = `http://127.0.0.1:${await freePort()}`
    const options = [...ids, ...people, ...rest.slice(0, -1), link, '--setup']
    const done = await runProcess(line(...options), { environment })
    expect(done).toMatchObject({ code: 0, out: expect.not.stringContaining('entra.microsoft.com') })
    expect(parse(await written('latchkey.yaml')).teams.credential).toBe(credential)
    expect(await readdir(folder)).not.toContain('latchkey.env')
  })

  test('asks again for the ids, where Entra knows no such application or tenant', async () => {
    const answers = ['', 'apps', 'none', app, stranger, '', appSecret, '', tenant, '', appSecret, 'none', '']
    const done = await runCli(line(), { environment: admin(), answers })
    expect(done.err).toContain(`there is no tenant ${stranger}`)
    expect(done.err).toContain('Entra gives out a token')
    const wrong = ['--app-id', stranger, '--tenant', tenant]
    const given = await runCli(line(...wrong, ...people, ...rest), {
      environment: { ...admin(), TEAMS_APP_SECRET: appSecret },
    })
    expect(given).toMatchObject({
      code: 2,
      err: expect.stringContaining(`--app-id and --tenant: there is no application ${stranger}`),
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('lists the options that are needed where nobody can be asked, and refuses those that cannot be', async () => {
    const none = await runProcess(['init', '--config', config(), '--chat', 'teams'])
    expect(none.err).toContain('give --vault, --app-id, --tenant, --owner, --requester, --link')
    for (const [options, words] of [
      [['--simulator-url', 'https://teams.example.com'], '--simulator-url: only an address of this machine'],
      [['--service-url', 'https://teams.example.com'], "--service-url: write an address of Microsoft's"],
      [['--chat', 'slack', '--app-id', app], 'there are options for Microsoft Teams: add --chat teams'],
      [['--chat', 'irc'], 'irc: write slack, teams or both'],
      [['--credential', 'secret', '--certificate', 'app.pem'], '--certificate: not together with --credential secret'],
    ] as const)
      expect(await runCli(['init', '--config', config(), ...options], { environment: admin() })).toMatchObject({
        code: 2,
        err: expect.stringContaining(words),
      })
    expect(await readdir(folder)).toEqual([])
  })

  test('wants a public address where Microsoft must reach it, and says what is left without a secret', async () => {
    const serviceUrl = 'https://smba.infra.gcc.teams.microsoft.com/teams/'
    const given = ['--service-url', serviceUrl, ...ids, ...people, ...rest.slice(0, -2)]
    const options = ['--chat', 'teams', ...given, '--no-setup']
    const answers = ['', '', '', 'http://127.0.0.1:8080', 'https://10.0.0.1', 'https://latchkey.example.com', 'no']
    const done = await runCli(['init', '--config', config(), ...options], { environment: admin(), answers })
    expect(done.err.match(/Microsoft calls Latchkey there/g)).toHaveLength(2)
    expect(parse(await written('latchkey.yaml')).teams).toEqual({ app, tenant, serviceUrl })
    expect(done.out).toContain('1. entra.microsoft.com, at the application: Certificates & secrets.')
    expect(done.out).toContain(`latchkey teams package --config ${config()}`)
    expect(done.out).toContain('TEAMS_APP_SECRET: missing; set it')
    expect(await readdir(folder)).not.toContain('latchkey-teams.zip')
  })

  test('never writes through a link, and replaces no package without a yes', async () => {
    await symlink(join(folder, 'elsewhere'), join(folder, 'latchkey-teams.zip'))
    const options = line(...ids, ...people, ...rest, '--no-setup')
    const environment = { ...admin(), TEAMS_APP_SECRET: appSecret }
    expect(await runCli(options, { environment, answers: ['no'] })).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was written'),
    })
    await runCli([...options, '--force'], { environment })
    expect((await lstat(join(folder, 'latchkey-teams.zip'))).isFile()).toBe(true)
    expect(await readdir(folder)).not.toContain('elsewhere')
  })

  test('never shows a secret that is typed, in a terminal', async () => {
    const { code, shown } = await inTerminal(['init', '--config', config(), ...rest], {
      environment: admin(),
      answers: [
        ['slack, teams, or both', 'teams\r'],
        ['Address of the vault', '\r'],
        ['Application (client) id', `${app}\r`],
        ['Directory (tenant) id', `${tenant}\r`],
        ['secret or certificate', '\r'],
        ['Client secret', `${app}\r`],
        ['Client secret', '\u0003'],
      ],
    })
    expect(shown).toContain('this looks like the id of the secret')
    expect(shown.split('Client secret')[1]).not.toContain(app)
    expect({ code, files: await readdir(folder) }).toEqual({ code: 130, files: [] })
  })
})

describe('latchkey init, for both chats', () => {
  test('makes one person of somebody who has an account in each', async () => {
    const tokens = { SLACK_BOT_TOKEN: 'xoxb-init', SLACK_APP_TOKEN: 'xapp-init', TEAMS_APP_SECRET: appSecret }
    const slack = await startSlackSimulator({
      ...{ team, botToken: tokens.SLACK_BOT_TOKEN, appToken: tokens.SLACK_APP_TOKEN, socketMode: true },
      ...{ signingSecret: 's', people: Object.values(slackUsers) },
    })
    try {
      const answers = [
        '',
        'database-owner',
        `${dba} @nobody`,
        `${dba} @database-owner, ${oncall} @database-owner`,
        `${dba} @database-owner`,
        'developer',
        '',
        '',
      ]
      const options = ['--simulator-url', teams.url, '--api-url', slack.apiUrl, ...ids, ...rest, '--no-setup']
      const done = await runCli(['init', '--config', config(), ...options], {
        environment: { ...admin(), ...tokens },
        answers,
      })
      expect(done.err).toContain('nobody named in another chat is called @nobody; there are: database-owner')
      expect(done.err).toContain(`@database-owner has the account ${tenant}/${dba} already`)
      expect(parse(await written('people.yaml'))).toEqual({
        people: {
          'database-owner': {
            name: 'Database owner',
            slack: [`${team.id}/U0DBOWNER`],
            teams: [`${tenant}/${dba}`],
          },
          developer: { name: expect.any(String), slack: [`${team.id}/U0DEVELOPER`] },
        },
        groups: { owners: ['database-owner'], requesters: ['developer'] },
      })
      expect(Object.keys(parse(await written('latchkey.yaml')))).toEqual(expect.arrayContaining(['slack', 'teams']))
      expect(done.out).toContain('latchkey slack test')
      expect(done.out).toContain('latchkey teams test')
      const byOptions = [
        '--owner',
        `database-owner,${dba} @database-owner`,
        '--requester',
        `everybody,${oncall} On call`,
      ]
      await runCli(['init', '--config', config(), ...options, ...byOptions, '--force'], {
        environment: { ...admin(), ...tokens },
      })
      const { people: all, groups } = parse(await written('people.yaml'))
      expect(groups.owners).toEqual(['database-owner'])
      expect(groups.requesters).toContain('on-call')
      expect(all['database-owner'].teams).toEqual([`${tenant}/${dba}`])
    } finally {
      await slack.close()
    }
  })
})
