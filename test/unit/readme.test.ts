import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import { meaningsWith } from '../../src/config/meanings.ts'
import { readConfig } from '../../src/config/read.ts'
import { configFile } from '../../src/config/schema.ts'
import { readYaml, writeYaml } from '../../src/config/yaml.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { openPeopleFile } from '../../src/directory/people-file.ts'
import { auditKinds } from '../../src/domain/audit-event.ts'
import { eventOf } from '../../src/domain/events.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { secret } from '../../src/domain/secret.ts'
import { timestamp } from '../../src/domain/time.ts'
import { webhook } from '../../src/observe/webhook.ts'
import type { AuditRow } from '../../src/ports.ts'
import { refusalText } from '../../src/views/copy.ts'
import { troubleSentence } from '../../src/views/copy-troubles.ts'
import { allText, documents, root } from '../support/documents.ts'
import { commandHelps, configRows, lengthKeys, withGeneratedParts } from '../support/generate-docs.ts'
import { runCli } from '../support/run-cli.ts'

const meanings = meaningsWith(chatKinds)
const fileSchema = configFile(chatKinds)

const readme = allText()
const folder = mkdtempSync(join(tmpdir(), 'readme-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fences = (language: string): readonly string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)
const part = (name: string): string =>
  new RegExp(`<!-- generated: ${name} -->([\\s\\S]*?)<!-- /generated -->`).exec(readme)?.[1] ?? ''
const codesIn = (text: string): readonly string[] =>
  [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code = '']) => code)
const sourceFiles = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(ts|cjs)$/.test(file),
)

describe('what is generated', () => {
  test('is as the code says: run "npm run docs" if this fails', async () => {
    expect(await withGeneratedParts(documents())).toEqual(documents())
  })

  test('has every key of the configuration, and no other', () => {
    const documented = codesIn(part('config')).map((key) => key.replaceAll('[]', '.*'))
    expect(documented.toSorted()).toEqual(Object.keys(meanings).toSorted())
    expect(documented).toEqual(configRows().map(({ key }) => key))
  })

  test('has every command with the very help that it prints', async () => {
    for (const { path, help, hasOthers } of (await commandHelps()).slice(1)) {
      const { out } = await runCli([...path, '--help'])
      expect(out.trimEnd(), path.join(' ')).toBe(help.trimEnd())
      if (!hasOthers) expect(part('cli')).toContain(`\`\`\`text\n${help.trimEnd()}`)
    }
  })

  test('has every refusal, every failure of a vault and every kind of audit row', () => {
    expect(codesIn(part('refusals')).toSorted()).toEqual(Object.keys(refusalText).toSorted())
    expect(codesIn(part('audit'))).toEqual([...auditKinds])
    const failures = codesIn(part('vault-failures'))
    const inCode = readFileSync(join(root, 'src/connectors/vault/failure.ts'), 'utf8')
    for (const [, code] of inCode.matchAll(/^ {2}\| '([a-z-]+)'$/gm)) expect(failures).toContain(code)
    for (const code of failures) expect(troubleSentence(code)).not.toContain('did not expect')
  })

  test.each(lengthKeys)('says rightly that %s takes a length', (key) => {
    const withLength = (text: string) => {
      const [top = '', ...rest] = key.split('.')
      const given = top === 'integrations' ? { [rest[1] ?? '']: rest[1] === 'durations' ? [text] : text } : {}
      const integration = { name: 'a', requesters: ['group:a'], owner: ['group:a'], vault: {}, ...given }
      const other = top === 'integrations' ? {} : { [top]: { [rest[0] ?? '']: text } }
      return fileSchema.safeParse({ link: { baseUrl: 'https://a.example' }, integrations: [integration], ...other })
    }
    expect(withLength('1h30m').success).toBe(true)
    expect(withLength('soon').success).toBe(false)
  })
})

describe('the examples', () => {
  const secrets = Object.fromEntries(
    ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'OIDC_CLIENT_SECRET', 'TEAMS_APP_SECRET'].map(
      (name) => [name, 'x'],
    ),
  )
  const yaml = fences('yaml')
  const whole = yaml.find((text) => text.startsWith('# latchkey.yaml\n')) ?? ''
  const read = (text: string) => {
    const file = join(folder, 'latchkey.yaml')
    writeFileSync(file, text)
    return readConfig({ file, environment: secrets, chats: chatKinds, paramsOf: { vault: vaultParams } })
  }
  const merged = (more: string): string =>
    writeYaml(Object.assign({}, readYaml(whole, 'README.md').content, readYaml(more, 'README.md').content))

  test('are each of a kind that is checked here', () => {
    const kinds = yaml.map((text) => text.split('\n', 1)[0])
    const byCharts = '# values.yaml' // the tests of the charts render these
    const byKubernetes = '# latchkey-values.yaml' // the test on a real cluster installs it
    const known = [
      byKubernetes,
      '# latchkey.yaml',
      '# people.yaml',
      '# latchkey.yaml, besides',
      '# latchkey.yaml, pipelines',
      '# latchkey.yaml, operators',
      '# latchkey.yaml, control groups',
      '# latchkey.yaml, rotation',
      '# latchkey.yaml, audit log',
      '# .github/workflows/deploy.yaml, a part',
      '# .gitlab-ci.yml, a part',
      '# kubectl apply',
      byCharts,
    ]
    expect(new Set(kinds)).toEqual(new Set(known))
  })

  test('of the configuration are read as they are, and name only people who are in the people file', async () => {
    expect(read(whole).chats.get('slack')?.settings).toMatchObject({ delivery: { kind: 'socket' } })
    for (const more of yaml.filter((text) => text.startsWith('# latchkey.yaml, besides'))) {
      const { link, chats } = read(merged(more))
      expect(more.includes('signIn:') ? link.confirm : chats.has('teams')).toBe(
        more.includes('signIn:') ? 'sign-in' : true,
      )
    }
    for (const people of yaml.filter((text) => text.startsWith('# people.yaml'))) {
      const file = join(folder, 'people.yaml')
      writeFileSync(file, people)
      const directory = await openPeopleFile(file, chatKinds)
      const named = [...whole.matchAll(/\b(group|person):([a-z-]+)/g)].map(([party]) => party)
      expect(named.length).toBeGreaterThan(4)
      for (const party of named) expect(directory.members(party as 'group:x').length, party).toBeGreaterThan(0)
    }
  })

  test('of pipelines are read as they are, and the jobs ask for the audience of the configuration', () => {
    const of = (kind: string) => yaml.find((text) => text.startsWith(`${kind}\n`)) ?? ''
    const { pipelines } = read(merged(of('# latchkey.yaml, pipelines')))
    expect(pipelines.map(({ issuer }) => issuer)).toEqual([
      'https://token.actions.githubusercontent.com',
      'https://gitlab.com',
    ])
    for (const { audience } of pipelines) {
      expect(of('# .github/workflows/deploy.yaml, a part')).toContain(`&audience=${audience}"`)
      expect(of('# .gitlab-ci.yml, a part')).toContain(`LATCHKEY_TOKEN: { aud: ${audience} }`)
    }
    for (const kind of ['# .github/workflows/deploy.yaml, a part', '# .gitlab-ci.yml, a part'])
      expect(readYaml(of(kind), 'README.md').content).toBeTypeOf('object')
  })

  test('of rotation are read as they are', () => {
    const example = yaml.find((text) => text.startsWith('# latchkey.yaml, rotation\n')) ?? ''
    const vault = { internalUrl: 'https://a.example', credentials: { folder: 'a' } }
    const audit = { file: '/var/log/openbao/audit.log' }
    const { rotation } = vaultParams.parse({ ...vault, audit, ...Object(readYaml(example, 'README.md').content) })
    expect(rotation.map(({ path }) => path)).toEqual(['kv/shop/*'])
  })

  test('of the audit log are read as they are', () => {
    const example = yaml.find((text) => text.startsWith('# latchkey.yaml, audit log\n')) ?? ''
    const vault = { internalUrl: 'https://a.example', credentials: { folder: 'a' } }
    const { audit } = vaultParams.parse({ ...vault, ...Object(readYaml(example, 'README.md').content) })
    expect(audit).toEqual({ file: '/var/log/openbao/audit.log', device: 'file' })
  })

  test('of operators are read as they are', () => {
    const example = yaml.find((text) => text.startsWith('# latchkey.yaml, operators\n')) ?? ''
    const { operators, operatorsFolder } = read(merged(example))
    expect(operators?.map(({ role }) => role)).toEqual(['operate', 'read', 'audit'])
    expect(operatorsFolder).toBe('/run/latchkey-operators')
  })

  test('of control groups are read as they are', () => {
    const example = yaml.find((text) => text.startsWith('# latchkey.yaml, control groups\n')) ?? ''
    const least = { internalUrl: 'https://a.example', credentials: { folder: 'a' } }
    const given = readYaml(example, 'README.md').content
    const { controlGroups } = vaultParams.parse(Object.assign(least, given))
    expect(controlGroups).toEqual([{ group: 'managers', members: ['group:managers'], paths: ['kv/shop/*'] }])
  })

  test('show what a webhook really gets, with the signature as it is described', async () => {
    const [shown] = fences('json').map((text) => JSON.parse(text))
    let got: { readonly body: string; readonly headers: Readonly<Record<string, unknown>> } | undefined
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      got = { body, headers: request.headers }
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const clock = { now: () => timestamp(Date.now()) }
    const sender = webhook({ url, secret: secret('key'), instance: instanceId(shown.instance), clock })
    const rows: readonly AuditRow[] = shown.events
    await sender.send(rows, AbortSignal.timeout(5_000))
    server.close()
    expect(JSON.parse(got?.body ?? '')).toEqual(shown)
    const signed = `v1:${got?.headers['x-latchkey-timestamp']}:${got?.body}`
    expect(got?.headers['x-latchkey-signature']).toBe(`v1=${createHmac('sha256', 'key').update(signed).digest('hex')}`)
  })

  test('show an event as its row makes it', () => {
    const [, shown] = fences('json').map((text) => JSON.parse(text))
    const [row] = JSON.parse(fences('json')[0] ?? '').events
    expect(shown.events).toEqual([eventOf({ ...row, at: Date.parse(shown.events[0].at) })])
  })

  test('find what "vault setup" makes without naming it, as the text says', () => {
    const vault = vaultParams.parse({ internalUrl: 'https://a.example', credentials: { folder: 'a' } })
    expect(vault).toMatchObject({
      namePrefix: 'latchkey-',
      userpassMount: 'latchkey-users',
      approleMount: 'latchkey-approle',
      approleRole: 'latchkey',
    })
    expect(readme).toContain('Mounts, name prefix and role are those that `latchkey vault setup` makes.')
  })
})

test('the first page can be read in one go', () => {
  const first = readFileSync(join(root, 'README.md'), 'utf8')
  expect(Buffer.byteLength(first)).toBeLessThanOrEqual(30_000)
  expect(first.split('\n').length).toBeLessThanOrEqual(500)
})

describe('what is pointed to', () => {
  const links = documents().flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^https?:/.test(link))
      .map((link) => {
        const [file = '', anchor] = link.split('#')
        return { from: path, file: file === '' ? path : normalize(join(dirname(path), file)), anchor }
      }),
  )

  test('is there: every file and every picture', () => {
    expect(links.length).toBeGreaterThan(30)
    expect(links.filter(({ file }) => !existsSync(join(root, file)))).toEqual([])
  })

  test('is there: every heading', () => {
    const anchorsIn = (file: string) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      )
    const wrong = links.filter(({ file, anchor }) => anchor !== undefined && !anchorsIn(file).includes(anchor))
    expect(wrong).toEqual([])
  })

  test('is there: every page is reached from the first one', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) for (const { from, file } of links) if (from === page) reached.add(file)
    expect(documents().filter(({ path }) => !reached.has(path))).toEqual([])
  })

  test('is there: every picture of the demo is shown', () => {
    const pictures = readdirSync(join(root, '.github/images')).filter((file) => file.endsWith('.png'))
    expect(pictures.filter((file) => !readme.includes(`.github/images/${file}`))).toEqual([])
  })

  test('is there: every npm script that is named', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm (?:run )?((?:test|check|pictures|docs|demo|bench|start)(?::\w+)?)\b/g)]
    expect(named.map(([, name = '']) => name).filter((name) => !(name in scripts))).toEqual([])
  })
})

test('every environment variable that the code reads is explained', () => {
  const text = sourceFiles.map((file) => readFileSync(join(root, 'src', file), 'utf8')).join('\n')
  const direct = [...text.matchAll(/\b(?:environment|env)\.([A-Z][A-Z_]+)\b/g)]
  const secrets = [...text.matchAll(/needed\(\s*'([A-Z_]+)'/g)]
  const ofVaults = [...text.matchAll(/variable\(io, '([A-Z_]+)'\)/g)].map(([, name]) => `BAO_${name}`)
  const names = new Set([...[...direct, ...secrets].map(([, name = '']) => name), ...ofVaults])
  const elsewhere = ['PATH', 'HOME', 'BAO_SKIP_VERIFY']
  const explained = (name: string) => readme.includes(`\`${name.replace(/_FILE$/, '').replace(/^VAULT_/, 'BAO_')}\``)
  expect([...names].filter((name) => !elsewhere.includes(name) && !explained(name))).toEqual([])
  expect(names.size).toBeGreaterThan(8)
})

test('every command in the text is one that there is, with options that it has', async () => {
  const helps = new Map((await commandHelps()).map(({ path, help }) => [path.join(' '), help]))
  // People's command has a page and a test of its own.
  const operators = documents().filter(({ path }) => !path.startsWith('src/people-cli/'))
  const pages = operators.map(({ text }) => text).join('\n')
  const typed = [...pages.matchAll(/(?:^|`)(?:SLACK_BOT_TOKEN=\S+ )?latchkey ([a-z][^`\n#>|]*)/gm)]
  const wrong = typed.flatMap(([, line = '']) => {
    const words = line
      .replace(/ {2}.*$/, '')
      .trim()
      .split(/\s+/)
    const [first = '', second = ''] = words
    const help = helps.get(`${first} ${second}`) ?? helps.get(first)
    const options = words.filter((word) => word.startsWith('--')).map((word) => word.split('=', 1)[0] ?? '')
    const isThere = help !== undefined && options.every((option) => help.includes(option) || option === '--help')
    return isThere || first === 'help' ? [] : [line]
  })
  expect(wrong).toEqual([])
  expect(typed.length).toBeGreaterThan(30)
})

test('nothing in the text names a host that is not meant for examples', () => {
  const hosts = [...readme.matchAll(/https?:\/\/([a-z0-9.-]+)/g)].map(([, host = '']) => host)
  const allowed =
    /(^|\.)example(\.com)?$|^127\.0\.0\.1$|^(id\.|vault\.)|^slack\.com$|^login\.microsoftonline\.com$|^smba\.trafficmanager\.net$|^token\.actions\.githubusercontent\.com$|^gitlab\.com$/
  expect(hosts.filter((host) => !allowed.test(host))).toEqual([])
})
