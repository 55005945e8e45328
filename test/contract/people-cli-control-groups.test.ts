import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { newKey } from '../../src/people-cli/session/dpop.ts'
import { askVault } from '../../src/people-cli/vault/calls.ts'
import { newMachine } from '../support/people-cli.ts'

const group = {
  ...{ id: 'c1', vault: 'prod', state: 'pending', path: 'kv/data/apps/db', operation: 'read', groups: ['managers'] },
  requester: { id: 'e1', name: 'userpass-ann' },
  ...{ deciders: [{ id: 'bob', name: 'Bob' }], mayDecide: false, approvals: [] },
  expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
}

/** A machine that is signed in at a server with these answers, and all that it sends there. */
const machineAt = async (answers: Readonly<Record<string, unknown>>) => {
  const sent: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    sent.push(`${request.method} ${request.url} ${body}`)
    const answer = answers[`${request.method} ${request.url?.replace('/api/v1', '')}`]
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const machine = await newMachine()
  await machine.keep({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    session: {
      ...{ id: 's1', rights: 'all', key: newKey() },
      ...{ accessToken: 'a', refreshToken: 'r', accessUntil: Date.now() + 600_000 },
    },
    credentials: [],
  })
  return { machine, sent }
}

const asJson = JSON.stringify({
  data: null,
  wrap_info: { token: 's.oMQ2icLreDcGqQB2omkMPomD', accessor: 'M0WaseZwWs9Mb4HwjFJ8yule', ttl: 3600 },
})
const asTable = `Key                              Value
---                              -----
wrapping_token:                  s.oMQ2icLreDcGqQB2omkMPomD
wrapping_accessor:               M0WaseZwWs9Mb4HwjFJ8yule
wrapping_token_ttl:              1h
`

test('only the accessor of what the vault answered leaves the machine', async () => {
  const { machine, sent } = await machineAt({ 'POST /control-groups': group })
  for (const input of [asJson, asTable, 'M0WaseZwWs9Mb4HwjFJ8yule\n']) {
    const { code, err } = await machine.run(['control-group', 'report'], { input })
    expect({ code, err }).toEqual({ code: 0, err: 'read kv/data/apps/db: asked Bob.\n' })
  }
  expect(new Set(sent)).toEqual(new Set(['POST /api/v1/control-groups {"accessor":"M0WaseZwWs9Mb4HwjFJ8yule"}']))
  for (const wrong of ['s.oMQ2icLreDcGqQB2omkMPomD', 'hvs.CAESIA']) {
    const { code, err } = await machine.run(['control-group', 'report', wrong])
    expect(code).toBe(2)
    expect(err).toContain('this is the wrapping token, and was not sent')
  }
  expect((await machine.run(['control-group', 'report'], { input: 'no such line' })).code).toBe(2)
  expect(sent).toHaveLength(3)
})

test('a denial ends the waiting with exit code 5, and says who and why', async () => {
  const denied = { ...group, state: 'denied', denied: { by: { id: 'bob', name: 'Bob' }, note: 'use the\nreplica' } }
  const { machine } = await machineAt({ 'POST /control-groups': denied })
  const { code, out } = await machine.run(['control-group', 'report', '--wait'], { input: asJson })
  expect({ code, out }).toEqual({ code: 5, out: 'It is denied. Bob denied it: use the replica\n' })
})

test('a member lists what waits, gets the lines to run, and is asked before a denial', async () => {
  const mine = { ...group, mayDecide: true }
  const { machine, sent } = await machineAt({
    'GET /control-groups': { items: [mine] },
    'GET /control-groups/c1': mine,
    'POST /control-groups/c1/authorisation': { commands: ['bao write x'], address: 'https://v', accessor: 'M0' },
    'POST /control-groups/c1/denial': { ...mine, state: 'denying' },
  })
  expect((await machine.run(['control-group', 'list'])).out).toContain('read kv/data/apps/db')
  expect((await machine.run(['control-group', 'authorise', 'c1'])).out).toBe('bao write x\n')
  const line = ['control-group', 'deny', 'c1', '--note', 'use the replica']
  expect((await machine.run(line, { answers: ['n'] })).code).toBe(130)
  expect((await machine.run([...line, '--yes'])).code).toBe(0)
  expect(sent.filter((call) => call.includes('/denial'))).toEqual([
    'POST /api/v1/control-groups/c1/denial {"note":"use the replica"}',
  ])
})

test('what the vault holds back is said as such, without the wrapping token', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(asJson)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const access = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'x' }
  const error = await askVault(access, 'GET', 'kv/data/apps/db').catch((caught: unknown) => caught)
  expect(error).toMatchObject({ exitCode: 4, message: expect.stringContaining('until a control group authorises it') })
  expect(JSON.stringify(error)).not.toContain('s.oMQ2')
})
