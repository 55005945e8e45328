import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCli } from '../support/run-cli.ts'

// A small Graph: it knows a token and some users, and says where its next page is.

const tenant = '11111111-1111-4111-8111-111111111111'
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'none' })}.${part({ tid: tenant, aud: 'https://graph.microsoft.com' })}.signature`
const oid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`

const users = [
  {
    id: oid('a'),
    displayName: 'Engineer on call',
    userPrincipalName: 'on.call@example.com',
    mail: 'oncall@example.com',
    accountEnabled: true,
    userType: 'Member',
  },
  {
    id: oid('b').toUpperCase(),
    displayName: 'Verwalter "der" Datenbänke: # {eins}',
    userPrincipalName: 'dba@example.com',
    mail: 'no address',
    accountEnabled: true,
    userType: null,
  },
  {
    id: oid('c'),
    displayName: 'Guest \u202eof ours',
    userPrincipalName: 'g_other.example#EXT#@example.com',
    accountEnabled: true,
    userType: 'Guest',
  },
  {
    id: oid('d'),
    displayName: 'Left us',
    userPrincipalName: 'left@example.com',
    accountEnabled: false,
    userType: 'Member',
  },
]

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

type Answer = { readonly status?: number; readonly body: object; readonly headers?: Record<string, string> }
const asked: string[] = []

/** Answers each call by its number, from 0. */
const graph = async (answer: (call: number, base: string) => Answer): Promise<string> => {
  let calls = 0
  asked.length = 0
  const started = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`)
    const { port } = started.address() as AddressInfo
    const { status = 200, body, headers } = answer(calls++, `http://127.0.0.1:${port}/v1.0`)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  server = started
  await new Promise<void>((done) => void started.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/v1.0`
}
const imported = (apiUrl: string, environment: Record<string, string> = { GRAPH_TOKEN: token }) =>
  runCli(['people', 'import', '--from', 'teams', '--graph', '--api-url', apiUrl], { environment })

describe('latchkey people import --from teams --graph', () => {
  test('prints everybody of the tenant by object id, through every page, without guests and disabled accounts', async () => {
    const done = await imported(
      await graph((call, base) =>
        call === 0
          ? { body: { value: users.slice(0, 1), '@odata.nextLink': `${base}/users?$skiptoken=next` } }
          : { body: { value: users.slice(1) } },
      ),
    )
    expect(done.code).toBe(0)
    expect(parse(done.out)).toEqual({
      people: {
        'on-call': { name: 'Engineer on call', email: 'oncall@example.com', teams: [`${tenant}/${oid('a')}`] },
        dba: { name: 'Verwalter "der" Datenbänke: # {eins}', teams: [`${tenant}/${oid('b')}`] },
      },
      groups: {},
    })
    expect(done.out).toContain(`# left out, guest: Guest \\u202eof ours (${tenant}/${oid('c')})`)
    expect(done.out).not.toContain('Left us')
    expect(done.err).toContain('2 people and 0 groups.')
    expect(done.err).toContain('Left out, because Latchkey serves only active full members: 1 guest, 1 deactivated.')
    expect(done.err).toContain('latchkey people add TENANT/OBJECT --group')
    expect(asked).toHaveLength(2)
    expect(asked.every((one) => one.endsWith(`Bearer ${token}`))).toBe(true)
    expect(asked[0]).toContain('accountEnabled')
  })

  test('sends the token to no other address, though a page names one', async () => {
    const apiUrl = await graph(() => ({
      body: { value: users.slice(0, 1), '@odata.nextLink': 'https://graph.example.com/v1.0/users?$skiptoken=x' },
    }))
    expect(await imported(apiUrl)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('another address') })
    expect(await imported('https://graph.example.com/v1.0/')).toMatchObject({ code: 2, out: '' })
  })

  test('waits when Graph asks for patience', async () => {
    const apiUrl = await graph((call) =>
      call === 0 ? { status: 429, headers: { 'retry-after': '1' }, body: {} } : { body: { value: users.slice(0, 1) } },
    )
    expect(await imported(apiUrl)).toMatchObject({ code: 0 })
  })

  test.each([
    [401, 'InvalidAuthenticationToken', 'it has expired, or is not for Graph'],
    [403, 'Authorization_RequestDenied', 'the token needs User.Read.All'],
    [404, 'Request_ResourceNotFound', 'Graph does not list the users: Request_ResourceNotFound'],
  ])('says what to do when Graph answers %i', async (status, code, words) => {
    const done = await imported(await graph(() => ({ status, body: { error: { code, message: 'x' } } })))
    expect(done).toMatchObject({ code: 1, out: '', err: expect.stringContaining(words) })
    expect(done.err).not.toContain(token)
  })

  test('refuses a list that does not say who is enabled, or that is none', async () => {
    const { accountEnabled: _, ...silent } = users[0] ?? {}
    const withoutRight = await imported(await graph(() => ({ body: { value: [silent] } })))
    expect(withoutRight).toMatchObject({ code: 1, out: '', err: expect.stringContaining('User.Read.All') })
    server?.close()
    expect(await imported(await graph(() => ({ body: {} })))).toMatchObject({ code: 1, out: '' })
  })

  test.each([
    ['no token', {}, 'set GRAPH_TOKEN (or GRAPH_TOKEN_FILE)'],
    ['a token that names no tenant', { GRAPH_TOKEN: 'opaque' }, 'this is no access token of Entra'],
    ['a token with another line behind it', { GRAPH_TOKEN: `${token}\nmore` }, 'this is not one word'],
    ['a file that is not there', { GRAPH_TOKEN_FILE: '/nowhere' }, '/nowhere cannot be read'],
  ])('refuses %s before it asks anybody', async (_, environment, words) => {
    const apiUrl = await graph(() => ({ body: { value: [] } }))
    const refused = await imported(apiUrl, environment)
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(words) })
    expect(refused.err).not.toContain('.signature')
    expect(asked).toEqual([])
  })

  test('refuses options that do not go together', async () => {
    const line = ['people', 'import', '--from']
    for (const [options, words] of [
      [['teams', '--graph', '--conversation', '19:a@thread.v2'], 'not both'],
      [['slack', '--graph'], 'for --from teams'],
      [['teams', '--api-url', 'http://127.0.0.1:1'], 'only with --graph'],
    ] as const)
      expect(await runCli([...line, ...options])).toMatchObject({ code: 2, err: expect.stringContaining(words) })
  })
})
