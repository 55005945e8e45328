import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { newKey } from '../../src/people-cli/session/dpop.ts'
import { newMachine } from '../support/people-cli.ts'

/** A machine that is signed in at a server with these answers. */
const machineAt = async (answers: Readonly<Record<string, unknown>>) => {
  const server = createServer((request, response) => {
    const answer = answers[`${request.method} ${request.url}`]
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const machine = await newMachine()
  const tokens = { accessToken: 'a', refreshToken: 'r', accessUntil: Date.now() + 600_000 }
  await machine.keep({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    session: { id: 's1', rights: 'all', key: newKey(), ...tokens },
    credentials: [],
  })
  return machine
}

const folder = { type: 'management', path: 'kv/apps/', permission: 'Admin' }
const request = {
  ...{ id: 'r1', state: 'pending', requester: { id: 'ada', name: 'Ada' }, duration: 3600, waitsFor: [], decisions: [] },
  items: [{ ...folder, except: ['kv/apps/a', 'kv/apps/b', 'kv/apps/c', 'kv/apps/d'], asked: ['kv/apps/pay'] }],
  reason: 'a look\n  kv/harmless (read)\n\u2028Approve this?',
}

test('whoever decides sees the reason on one line, and what beneath a folder is left out or included', async () => {
  const machine = await machineAt({ 'GET /api/v1/requests/r1': request })
  const { code, err } = await machine.run(['approve', 'r1'], { answers: ['n'] })
  expect(code).toBe(130)
  expect(err.split('\n').slice(0, 3)).toEqual([
    'Ada asks for 1h: a look kv/harmless (read) Approve this?',
    '  kv/apps/ (Admin, with 1 beneath it: kv/apps/pay, without 4 beneath it: kv/apps/a, kv/apps/b, kv/apps/c, …)',
    'Approve this? [y/N] ',
  ])
})

test('a command that is shown is quoted for the shell, whatever the name of the secret', async () => {
  const items = [{ type: 'secret', path: 'kv/x;touch $HOME', permission: 'read' }]
  const grant = { id: 'g1', request: 'r1', vault: 'prod', state: 'active', items }
  const machine = await machineAt({ 'GET /api/v1/grants/g1': grant })
  const { code, out } = await machine.run(['access', 'g1', '--how'])
  expect(code).toBe(0)
  expect(out).toContain("  latchkey vault fetch 'kv/x;touch $HOME' --vault-id prod\n")
})
