import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { newTrials } from '../../src/app/trials.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { withServer } from '../../src/cli/client.ts'
import { operatorDesk } from '../../src/control/desk.ts'
import { Verb } from '../../src/control/protocol.ts'
import { startControl } from '../../src/control/start.ts'
import type { Operator, OperatorRule } from '../../src/domain/operator-role.ts'
import type { Store } from '../../src/ports.ts'
import { openStore, storeAt } from '../../src/store/index.ts'
import { apiOver } from '../support/api-world.ts'
import { type Company, latchkeyOf, newCompany } from '../support/company.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'

// The desk over a real store, asked over real sockets and by the API.

let folder = ''
let store: Store
let company: Company
const endings: (() => Promise<unknown>)[] = []
const own = userInfo().username

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-roles-'))
  chmodSync(folder, 0o711)
  company = newCompany()
  store = await openStore(join(folder, 'latchkey.sqlite'), { newId: randomUUID })
  endings.push(() => store.close())
})
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

const role = (given: OperatorRule['role'], { people = [], unixUsers = [] }: Partial<OperatorRule>): OperatorRule => ({
  ...{ role: given, people, unixUsers },
})
const opened = (operators: readonly OperatorRule[] | undefined, more: Partial<Deps['settings']> = {}) => {
  const plain = latchkeyOf({ store, company, now: () => sample.at(100), integrations: [sample.vault] })
  const deps: Deps = { ...plain, settings: { ...plain.settings, ...more, operators } }
  const desk = operatorDesk(deps)
  desk.open({
    ...{ version: '1', startedAt: 0, url: '', waitingFor: async () => [], push: async () => [], head: () => undefined },
    ...{ replay: async () => undefined, trials: newTrials(deps), chats: new Map() },
    reader: () => storeAt(join(folder, 'latchkey.sqlite')).read(),
  })
  return { deps, desk }
}
const shared = () => join(folder, 'operators')
const listen = async (operators: readonly OperatorRule[] | undefined) => {
  const { desk, deps } = opened(operators)
  const control = await startControl(desk, { own: folder, shared: shared() }, deps.log)
  endings.push(control.close)
}
const asOwn = { database: '', environment: {} }
const refusals = async () =>
  (await store.auditRows(0, 500)).flatMap(({ kind, actor, detail }) => (kind === 'refused' ? [{ actor, detail }] : []))

/** What another user of the machine writes and gets, over the shared socket, with Node alone. */
const speaker = `
const { connect } = require('node:net'), { writeFileSync } = require('node:fs'), [, folder, ...asks] = process.argv
const socket = connect(folder + '/latchkey.sock')
let said = '', next = 0
socket.setEncoding('utf8').on('data', (text) => {
  said += text
  for (let end = said.indexOf('\\n'); end >= 0; end = said.indexOf('\\n')) {
    const line = JSON.parse(said.slice(0, end))
    said = said.slice(end + 1)
    if (line.prove) writeFileSync(folder + '/' + line.prove, line.prove)
    else console.log(JSON.stringify(line.ok ? line.result : line.error))
    if (next === asks.length) return socket.end()
    socket.write(JSON.stringify({ v: 1, id: next, ask: JSON.parse(asks[next++]) }) + '\\n')
  }
})`
const nobody = 65_534
const asNobody = async (...asks: readonly object[]) => {
  const child = spawn(process.execPath, ['-e', speaker, shared(), ...asks.map((ask) => JSON.stringify(ask))], {
    ...{ uid: nobody, gid: nobody, cwd: '/' },
  })
  let out = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    out += text
  })
  await once(child, 'close')
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test.runIf(process.getuid?.() === 0)(
  'another user of the machine gets exactly its role on the shared socket, under the name that the kernel proves',
  async () => {
    await sample.activated(store)
    await listen([role('read', { unixUsers: ['nobody'] })])
    expect(statSync(shared()).mode & 0o7777).toBe(0o1733)
    const [status, [request], refused, export_] = await asNobody(
      { verb: 'status' },
      { verb: 'requests' },
      { verb: 'revoke-all', person: 'ada' },
      { verb: 'export-audit' },
    )
    expect(status.operators).toMatchObject({ own: ['read'], roles: [{ role: 'read', unixUsers: ['nobody'] }] })
    expect(request).toMatchObject({ person: 'ada', state: 'approved' })
    expect(request).not.toHaveProperty('reason') // only whoever decides, operates or audits reads people's words
    expect(refused).toMatchObject({ code: 'needs-role', message: expect.stringContaining('needs the role “operate”') })
    expect(export_).toMatchObject({ code: 'needs-role' })
    expect(await refusals()).toMatchObject([
      { actor: { kind: 'operator', name: expect.stringMatching(/^nobody@/) }, detail: { verb: 'revoke-all' } },
      { actor: { kind: 'operator' }, detail: { code: 'needs-role', verb: 'export-audit' } },
    ])
    expect((await store.grants({ state: 'active', limit: 9 })).length).toBe(1)
  },
)

test('the server’s own user and root need a role too once roles are configured, and everything works without them', async () => {
  const ask = () =>
    withServer({ database: join(folder, 'latchkey.sqlite') }, asOwn, (server) => server.ask({ verb: 'status' }))
  await listen([role('audit', { people: ['group:platform'] })])
  await expect(ask()).rejects.toThrow('needs the role “read”, “operate” or “audit”')
  expect(await refusals()).toMatchObject([{ actor: { name: expect.stringContaining(own) } }])
  await endings.pop()?.()
  await listen([role('freeze', { unixUsers: [own] })])
  await expect(ask()).rejects.toThrow('needs the role') // nothing needs it yet, so it gives nothing
  await endings.pop()?.()
  await listen(undefined)
  expect(await ask()).not.toHaveProperty('operators')
})

test('without a role no verb does anything, whoever asks; each is a sentence and an audit row', async () => {
  const { desk } = opened([role('audit', { people: ['person:ada'] }), role('freeze', { people: ['person:linus'] })])
  const given = { grant: 'g', session: 's', connector: 'c', trial: 't', integration: 'vault', person: 'ada', seen: 'x' }
  const more = { grants: [], platform: 'slack', within: 5, after: 0, isTrial: false }
  const strangers: Operator[] = [
    { kind: 'unix-user', uid: process.getuid?.() ?? 0, name: own },
    { kind: 'person', id: sample.grace },
    { kind: 'person', id: sample.linus },
  ]
  for (const operator of strangers) {
    for (const { shape } of Verb.options) {
      const asked = Verb.parse({ ...given, ...more, verb: shape.verb.value })
      await expect(desk.answer(asked, operator), asked.verb).rejects.toMatchObject({ code: 'needs-role' })
    }
  }
  expect(await refusals()).toHaveLength(strangers.length * Verb.options.length)
})

test('an auditor at the machine exports and checks the log by the server, and everybody named reads who holds what', async () => {
  const database = join(folder, 'latchkey.sqlite')
  const file = join(folder, 'audit.jsonl')
  await sample.ended(store)
  await listen([role('audit', { unixUsers: [own] }), role('operate', { people: ['group:platform', 'person:gone'] })])
  const verified = await runCli(['audit', 'verify', '--server', '--database', database])
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('The audit log is intact: ')])
  const exported = await runCli(['audit', 'export', '--server', '--database', database, '--out', file])
  expect([exported.code, exported.err]).toEqual([0, expect.stringMatching(/^\d+ rows; the log ends at \d+:/)])
  const direct = await runCli(['audit', 'export', '--database', database, '--out', `${file}.direct`])
  expect(direct.code).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(`${file}.direct`, 'utf8'))
  const { out } = await runCli(['who', '--database', database])
  expect(out).toContain('Operators, operate: grace (grace). Nobody is behind person:gone.')
  expect(out).toContain(`Operators, audit: unix user ${own}.`)
  const revoked = await runCli(['revoke', '--person', 'ada', '--yes', '--database', database])
  expect([revoked.code, revoked.err]).toEqual([1, expect.stringContaining('needs the role “operate”')])
})

test('people act by API under their own name, as far as their role goes, and lose it with their group', async () => {
  await sample.activated(store)
  company.groups.audit = ['ada']
  const { deps, desk } = opened([
    role('operate', { people: ['group:platform'] }),
    role('audit', { people: ['group:audit'] }),
  ])
  const bell = newBell()
  const { post, callers } = apiOver(deps, useCases(deps, newHealth(deps), bell), bell, undefined, desk)
  const code = async (...call: Parameters<typeof post>) => {
    const { status, body } = await post(...call)
    return `${status} ${body.error?.code ?? 'done'}`
  }
  const revoke = ['/operator/revoke-all', { person: 'ada' }] as const

  expect(await code('grace', ...revoke)).toBe('403 needs-fresh-sign-in')
  for (const who of ['ada', 'grace', 'linus']) callers[who] = { signedInAt: sample.at(90) }
  expect(await code('linus', ...revoke)).toBe('403 needs-role')
  expect(await code('ada', ...revoke)).toBe('403 needs-role') // an auditor ends nothing
  expect(await code('ada', '/operator/verify-audit')).toBe('200 done')
  const exported = await post('ada', '/operator/export-audit', { limit: 3 })
  expect(exported.body.result.rows.map(({ sequence }: { sequence: number }) => sequence)).toEqual([1, 2, 3])
  expect(await code('grace', '/operator/export-audit', {})).toBe('403 needs-role')
  expect(await code('grace', '/operator/revoke', { grant: 'unknown' })).toBe('409 not-done')
  expect(await code('grace', '/operator/revoke', {})).toBe('400 invalid')

  expect((await post('grace', '/operator/requests')).body.result).toMatchObject([
    { person: 'ada', reason: expect.any(String) },
  ])
  expect((await post('grace', ...revoke)).body.result).toMatchObject([{ outcome: 'asked' }])
  const ending = (await store.auditRows(0, 500)).find(({ kind }) => kind === 'access-ending')
  expect(ending).toMatchObject({ actor: { kind: 'person', id: 'grace' }, detail: { because: 'revoked' } })

  company.groups.platform = []
  expect(await code('grace', '/operator/status')).toBe('403 needs-role')
  expect((await refusals()).at(-1)).toMatchObject({
    actor: { kind: 'person', id: 'grace' },
    detail: { code: 'needs-role' },
  })
})

test('without roles nobody else gets in: no socket for other users, and the desk refuses them whatever they ask', async () => {
  const { desk, deps } = opened(undefined)
  const said: object[] = []
  const log = { ...deps.log, error: (fields: object) => void said.push(fields) }
  endings.push((await startControl(desk, { own: folder, shared: shared() }, log)).close)
  expect(existsSync(shared())).toBe(false)
  expect(said).toMatchObject([{ problem: expect.stringContaining('operators') }])
  const stranger: Operator = { kind: 'unix-user', uid: nobody, name: 'nobody@here' }
  const asked = desk.answer({ verb: 'revoke-all', person: sample.ada }, stranger)
  await expect(asked).rejects.toMatchObject({ code: 'needs-role' })
  expect(await refusals()).toMatchObject([{ detail: { verb: 'revoke-all' } }])
})

test('a shared folder in which others could replace the socket is refused', async () => {
  const { desk, deps } = opened([role('read', { unixUsers: ['nobody'] })])
  const said: object[] = []
  const log = { ...deps.log, error: (fields: object) => void said.push(fields) }
  const control = await startControl(desk, { own: undefined, shared: join(folder, 'open') }, log)
  await control.close()
  chmodSync(join(folder, 'open'), 0o777)
  writeFileSync(join(folder, 'open', 'latchkey.sock'), '')
  await (await startControl(desk, { own: undefined, shared: join(folder, 'open') }, log)).close()
  expect(said).toMatchObject([{ problem: expect.stringContaining('chmod +t') }])
})

test('the folder of the server is made where it is not there yet, for its user alone', async () => {
  const { desk, deps } = opened(undefined)
  const data = join(folder, 'data')
  endings.push((await startControl(desk, { own: data, shared: undefined }, deps.log)).close)
  expect([existsSync(join(data, 'latchkey.sock')), statSync(data).mode & 0o777]).toEqual([true, 0o700])
})
