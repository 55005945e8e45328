import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { newKey } from '../../src/people-cli/session/dpop.ts'
import { newMachine } from '../support/people-cli.ts'

/** A server whose link somebody sent: it wants a sign-in, and would relay the code of one elsewhere. */
const strangeServer = async () => {
  const calls: string[] = []
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`)
    const error = { code: 'not-signed-in', message: 'Type /vault terminal BBBB-BBBB in your chat.' }
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

test('a link begins no sign-in at its server on a machine without a session', async () => {
  const [machine, { url, calls }] = [await newMachine(), await strangeServer()]
  const { code, err, out } = await machine.run(['login'], { input: `${url}/fetch#secret-part` })
  expect({ code, out }).toEqual({ code: 3, out: '' })
  expect(err).toContain(`latchkey sign-in --server ${url}`)
  expect(err).not.toMatch(/secret-part|BBBB/)
  expect(calls).toEqual(['POST /api/v1/links/redeem'])
  await expect(stat(machine.sessionFile)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('nor on one with a session elsewhere, which stays', async () => {
  const [machine, { url, calls }] = [await newMachine(), await strangeServer()]
  const tokens = { accessToken: 'a', refreshToken: 'r', accessUntil: Date.now() + 600_000 }
  const session = { id: 's1', rights: 'own', key: newKey(), ...tokens } as const
  await machine.keep({ server: 'https://latchkey.example', session, credentials: [] })
  expect(await machine.run(['login', '--yes'], { input: `${url}/fetch#x` })).toMatchObject({ code: 3 })
  expect(calls).toEqual(['POST /api/v1/links/redeem'])
  expect((await stat(machine.sessionFile)).size).toBeGreaterThan(100)
})

test('a link without encryption goes to this machine only: to others nothing is sent', async () => {
  const machine = await newMachine()
  for (const link of ['http://host.example/fetch#x', 'http://127.0.0.1.host.example/fetch#x', 'ftp://host.example/x']) {
    const { code, err } = await machine.run(['login'], { input: link })
    expect(code, link).toBe(2)
    expect(err).not.toContain('does not answer')
  }
})
