import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../src/connectors/vault/audit-log/listen.ts'
import { vaultNames } from '../../src/connectors/vault/names.ts'
import { grantId, instanceId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { AuditBatch } from '../../src/ports.ts'
import { auditLine } from '../bench/audit-line.ts'
import { eventually } from '../support/eventually.ts'

const names = vaultNames('latchkey-', instanceId('i0test'))
const name = names.drawPolicy(grantId('0123'), 0)
const socket = '127.0.0.1:39091'

describe('a socket', () => {
  /** A reader whose clock can be put forward, and what writes to it. */
  const reader = () => {
    const wanted = { names, beginning: 'latchkey-i0test-g-' }
    let ahead = 0
    const now = () => timestamp(Date.now() + ahead)
    const batches: AuditBatch[] = []
    const watch = (from?: AuditBatch) => {
      const end = new AbortController()
      const running = (async () => {
        for await (const batch of listen({ socket, wanted, clock: { now } }, from, end.signal)) batches.push(batch)
      })()
      const stop = async () => {
        end.abort()
        await running
      }
      onTestFinished(stop)
      return stop
    }
    const lineAt = (path: string, moment = now()) =>
      auditLine(name, path).replace(/"time":"[^"]+"/, `"time":"${new Date(moment).toISOString()}"`)
    const lines = () => batches.flatMap((batch) => batch.lines)
    return {
      ...{ batches, watch, now, lineAt, lines },
      last: () => batches.at(-1),
      gaps: () => batches.flatMap((batch) => batch.gaps),
      pass: (milliseconds: number) => {
        ahead += milliseconds
      },
      /** Connects as a server does, writes a line, and waits until it was read. */
      server: async (line: string) => {
        const before = lines().length
        const server = open()
        server.write(line)
        await eventually(() => lines().length === before + 1)
        return server
      },
    }
  }
  const open = (): Socket => {
    const line = connect({ host: '127.0.0.1', port: 39_091 }).on('error', () => {})
    onTestFinished(() => void line.destroy())
    return line
  }

  test('tells each line once, and what was written while nobody listened is a gap', async () => {
    const { batches, watch, lines } = reader()
    const write = (...texts: readonly string[]) => {
      const line = open()
      for (const text of texts) line.write(text)
      return line
    }
    const first = watch()
    await eventually(() => batches.length === 1)
    const whole = auditLine(name, 'kv/data/a')
    const line = write(auditLine('another', 'kv/x'), whole.slice(0, 40), whole.slice(40))
    await eventually(() => lines().length === 1)
    expect(batches.flatMap(({ gaps }) => gaps)).toMatchObject([{ from: 0 }])
    expect(batches.at(-1)?.doubtSince).toBeUndefined()
    line.write(`\u0000\u0001 noise\n${auditLine(name, 'kv/data/b')}`)
    await eventually(() => lines().length === 2)
    await first()
    const last = batches.at(-1)
    const again = watch(last)
    await eventually(() => batches.at(-1) !== last)
    expect(batches.at(-1)?.doubtSince).toBe(last?.readTo)
    write(auditLine(name, 'kv/data/c'))
    await eventually(() => lines().length === 3)
    expect(batches.at(-1)?.gaps).toMatchObject([{ from: last?.readTo }])
    await again()
  })

  test('keeps the doubt of a break until that server writes again, whatever came with the break or from others', async () => {
    const { watch, lineAt, server, pass, last, gaps, now, lines } = reader()
    watch()
    await eventually(() => last() !== undefined)
    const one = await server(lineAt('kv/data/a'))
    const other = await server(lineAt('kv/data/a'))
    pass(60_000)
    await eventually(() => last()?.doubtSince === undefined && gaps().length === 1)
    const brokeAt = now()
    one.end(lineAt('kv/data/b') + lineAt('kv/data/c')) // its last lines arrive with the break
    await eventually(() => last()?.doubtSince !== undefined)
    pass(30_000)
    const count = lines().length
    other.write(lineAt('kv/data/d'))
    await eventually(() => lines().length === count + 1)
    await server(lineAt('kv/data/e', timestamp(brokeAt - 60_000))) // an old time
    expect(gaps()).toHaveLength(1)
    const returnedAt = now()
    await server(lineAt('kv/data/f', returnedAt))
    await eventually(() => gaps().length === 2)
    expect(gaps().at(-1)?.from).toBeLessThanOrEqual(brokeAt)
    expect(gaps().at(-1)?.to).toBe(returnedAt)
    expect(last()?.doubtSince).toBeUndefined()
  })

  test('waits after a restart for each server that was connected', async () => {
    const { watch, lineAt, server, last, gaps } = reader()
    const stop = watch()
    await eventually(() => last() !== undefined)
    await server(lineAt('kv/data/a'))
    await server(lineAt('kv/data/a'))
    await stop()
    const before = last()
    const count = gaps().length
    watch(before)
    await eventually(() => last() !== before)
    await server(lineAt('kv/data/b'))
    expect([gaps().length, last()?.doubtSince]).toEqual([count, before?.readTo])
    await server(lineAt('kv/data/b'))
    await eventually(() => gaps().length === count + 1)
  })

  test('holds few connections that say nothing, ends them, and makes one gap of many breaks', async () => {
    const { watch, lineAt, server, pass, last, gaps, batches } = reader()
    watch()
    await eventually(() => last() !== undefined)
    await server(lineAt('kv/data/a'))
    await eventually(() => gaps().length === 1)
    pass(60_000)
    let [closed, refused] = [0, 0]
    const silent = Array.from({ length: 40 }, () => open().on('close', () => (closed += 1)))
    for (const one of silent) one.write('no line')
    await eventually(() => closed >= 25)
    refused = closed
    expect(refused).toBeLessThan(40) // the vault, and fifteen others
    pass(11_000)
    await eventually(() => closed === 40)
    await server(lineAt('kv/data/b'))
    expect([gaps().length, last()?.doubtSince]).toEqual([1, undefined]) // the vault's own connection was kept
    const before = batches.length
    for (let round = 0; round < 10; round++) (await server(lineAt('kv/data/c'))).destroy()
    await server(lineAt('kv/data/c'))
    pass(11_000)
    await server(lineAt('kv/data/d'))
    await eventually(() => last()?.doubtSince === undefined)
    expect(batches.slice(before).flatMap((batch) => batch.gaps).length).toBeLessThanOrEqual(2)
  })

  test('of another program is not taken from it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-audit-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'audit.sock')
    const owner = createServer((line) => line.destroy()).listen(path)
    onTestFinished(() => void owner.close())
    await once(owner, 'listening')
    const { now } = reader()
    const reading = listen(
      { socket: path, wanted: { names, beginning: 'latchkey-' }, clock: { now } },
      undefined,
      new AbortController().signal,
    )
    await expect(reading.next()).rejects.toThrow('another program does')
    expect(owner.listening).toBe(true)
    const caller = connect(path)
    await once(caller, 'connect')
  })
})
