import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { syslog } from '../../src/observe/syslog.ts'
import { type Authority, newAuthority } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { usePush } from './audit-pushing.ts'
import { useFolder } from './store-sqlite-raw.ts'

const sender = { host: 'host', process: 1, version: '1', instance: 'i' }

/** The sequences of octet-counted messages. */
const sequencesIn = (text: string): readonly number[] => {
  const found: number[] = []
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    const space = rest.indexOf(' ')
    const end = space + 1 + Number(rest.subarray(0, space).toString())
    found.push(Number(/sequenceId="(\d+)"/.exec(rest.subarray(space + 1, end).toString())?.[1]))
    rest = rest.subarray(end)
  }
  return found
}

/** Reads what comes; the first `deaths` connections are reset before anything was read. */
const reader = ({ deaths = 0 } = {}) => {
  const texts: string[] = []
  const take = (socket: Socket, beneath = socket) => {
    const index = texts.push('') - 1
    socket.on('error', () => {})
    if (index < deaths) return beneath.resetAndDestroy()
    socket.setEncoding('utf8').on('data', (chunk) => {
      texts[index] = `${texts[index]}${chunk}`
    })
    return socket.on('end', () => socket.end())
  }
  return { take, sequences: () => texts.flatMap(sequencesIn), connections: () => texts.length }
}

const { store, at } = useFolder()
const { endings, said, written, start, rows, upTo } = usePush()

const listening = async (server: Server, port = 0): Promise<number> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => server.close())
  return (server.address() as AddressInfo).port
}

describe('syslog by TLS', () => {
  let ours: Authority
  beforeEach(() => {
    ours = newAuthority(at('ours'))
  })
  const variable = 'NODE_TLS_REJECT_UNAUTHORIZED'
  afterEach(() => {
    delete process.env[variable]
  })

  const sinkAt = (port: number, more: { host?: string; caFile?: string } = {}) =>
    syslog({ host: 'localhost', port, transport: 'tls', sender, limit: 3_000, ...more })
  const behind = async (push: ReturnType<typeof start>) => (await push.lag())[0]?.rows

  test('hands every row over to a receiver whose certificate the authority made, by name and by address', async () => {
    const opened = await store()
    await opened.audit(rows(150))
    const { take, sequences } = reader()
    const server = createTlsServer({ ...ours.issue('DNS:localhost', 'IP:127.0.0.1') }, (socket) => take(socket))
    const names: unknown[] = []
    server.on('secureConnection', ({ servername }) => names.push(servername))
    const port = await listening(server)
    const push = start(opened, [
      sinkAt(port, { caFile: ours.caFile }),
      { ...sinkAt(port, { caFile: ours.caFile, host: '127.0.0.1' }), name: 'by-address' },
    ])
    await eventually(async () => (await push.lag()).filter((one) => one.rows === 0).length === 2)
    expect(sequences().toSorted((one, other) => one - other)).toEqual(upTo(150).flatMap((one) => [one, one]))
    expect(new Set(names)).toEqual(new Set(['localhost', false]))
    expect(said).toEqual([])
  })

  test.each([
    ['of an unknown authority', 'theirs', 'DNS:localhost', /unable to verify the first certificate"/],
    ['for another name', 'ours', 'DNS:elsewhere.example.com', /does not match certificate's altnames/],
  ])('gives no row to a receiver with a certificate %s, says why and keeps the rows', async (_, who, name, why) => {
    process.env[variable] = '0' // switches off all checks of connections that do not ask for them
    const opened = await store()
    await opened.audit(rows(3))
    const issuer = who === 'ours' ? ours : newAuthority(at(who))
    const { take, sequences } = reader()
    const server = createTlsServer(issuer.issue(name), (socket) => take(socket))
    const port = await listening(server)
    const push = start(opened, [sinkAt(port, { caFile: ours.caFile })])
    await eventually(async () => ((await push.lag())[0]?.failures ?? 0) > 1)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('"code":"certificate-refused"')
    expect(said[0]).toContain('the certificate of the syslog receiver localhost is not accepted')
    expect(said[0]).toMatch(why)
    expect([await behind(push), sequences()]).toEqual([3, []])

    server.setSecureContext(ours.issue('DNS:localhost'))
    await eventually(async () => (await behind(push)) === 0)
    expect(sequences()).toEqual(upTo(3))
    expect(said.at(-1)).toContain('takes rows again')
  })

  test('trusts no private authority by itself', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    const { take, sequences } = reader()
    const push = start(opened, [
      sinkAt(await listening(createTlsServer(ours.issue('DNS:localhost'), (socket) => take(socket)))),
    ])
    await eventually(async () => (await push.lag())[0]?.trouble === 'certificate-refused')
    expect(sequences()).toEqual([])
  })

  test('does not take an empty file for leave to trust the authorities of the system', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    writeFileSync(at('empty.pem'), '')
    const push = start(opened, [sinkAt(1, { caFile: at('empty.pem') })])
    await eventually(async () => (await push.lag())[0]?.trouble === 'no-certificates')
    expect(said[0]).toContain('empty.pem contains no certificates')
  })

  test('says that the file with the authority cannot be read, and reads it anew each time', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    const { take, sequences } = reader()
    const port = await listening(createTlsServer(ours.issue('DNS:localhost'), (socket) => take(socket)))
    const push = start(opened, [sinkAt(port, { caFile: at('later/ca.pem') })])
    await eventually(() => said.length > 0)
    expect(said[0]).toMatch(/no-certificates.*the caFile for syslog cannot be read.*later\/ca\.pem/)
    const later = newAuthority(at('later'))
    const other = reader()
    const otherPort = await listening(createTlsServer(later.issue('DNS:localhost'), (socket) => other.take(socket)))
    await eventually(async () => (await push.lag())[0]?.trouble === 'certificate-refused')
    start(opened, [sinkAt(otherPort, { caFile: later.caFile })])
    await eventually(() => other.sequences().length === 1)
    expect(sequences()).toEqual([])
  })

  test('sends rows again to a receiver that dies before it has read them, and connects anew when it comes back', async () => {
    const opened = await store()
    await opened.audit(rows(2))
    const certificate = ours.issue('DNS:localhost')
    const first = reader({ deaths: 1 })
    let beneath: Socket | undefined
    const server = createTlsServer(certificate, (socket) => first.take(socket, beneath))
    server.prependListener('connection', (socket) => {
      beneath = socket
    })
    const port = await listening(server)
    const push = start(opened, [sinkAt(port, { caFile: ours.caFile })])
    await eventually(async () => (await behind(push)) === 0)
    expect([first.sequences(), first.connections(), (await push.lag())[0]?.failures]).toEqual([upTo(2), 2, 1])

    server.close()
    await once(server, 'close')
    await opened.audit(rows(2))
    written.ring()
    await eventually(async () => (await push.lag())[0]?.trouble === 'unreachable')
    expect(said.at(-1)).toMatch(/did not take the rows: connect ECONNREFUSED/)
    const second = reader()
    await listening(
      createTlsServer(certificate, (socket) => second.take(socket)),
      port,
    )
    await eventually(async () => (await behind(push)) === 0)
    expect(second.sequences()).toEqual(upTo(4, 3))
  })

  test('gives no row to a receiver that speaks no TLS', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    let received = ''
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        socket.end('no')
      })
    })
    const push = start(opened, [sinkAt(await listening(server), { caFile: ours.caFile })])
    await eventually(async () => ((await push.lag())[0]?.failures ?? 0) > 0)
    expect(received).not.toContain('latchkey')
  })
})

describe('syslog in the clear', () => {
  test('sends counted messages by TCP, again when the receiver dies before it has read them', async () => {
    const opened = await store()
    await opened.audit(rows(150))
    const { take, sequences } = reader({ deaths: 1 })
    const port = await listening(createServer({ allowHalfOpen: true }, (socket) => take(socket)))
    const push = start(opened, [syslog({ host: '127.0.0.1', port, transport: 'tcp', sender, limit: 3_000 })])
    await eventually(async () => (await push.lag())[0]?.rows === 0)
    expect(sequences()).toEqual(upTo(150))
    expect((await push.lag())[0]?.failures).toBe(1)
  })

  test('sends one datagram a row by UDP', async () => {
    const opened = await store()
    await opened.audit(rows(3))
    const received: string[] = []
    const socket = createSocket('udp4').on('message', (message) => received.push(message.toString()))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    endings.push(() => socket.close())
    start(opened, [syslog({ host: '127.0.0.1', port: socket.address().port, transport: 'udp', sender })])
    await eventually(() => received.length === 3)
    expect(received.map((message) => message.slice(0, 6))).toEqual(['<110>1', '<110>1', '<110>1'])
  })

  test('does not fall over a receiver that is not there', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    const push = start(opened, [
      syslog({ host: '127.0.0.1', port: 1, transport: 'tcp', sender }),
      { ...syslog({ host: '127.0.0.1', port: 1, transport: 'udp', sender }), name: 'udp' },
    ])
    await eventually(async () => ((await push.lag())[0]?.failures ?? 0) > 1)
  })
})
