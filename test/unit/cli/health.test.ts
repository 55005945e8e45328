import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { exampleConfig } from '../../../src/cli/config/example.ts'
import { askHealth, ownAddress } from '../../../src/cli/health/ask.ts'
import { runCli } from '../../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'cli-health-'))
const file = join(folder, 'latchkey.yaml')
const endings: (() => unknown)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})
afterAll(() => rmSync(folder, { recursive: true }))

const alive: RequestListener = ({ url }, response) =>
  url === '/healthz' ? response.end('{"alive":true}') : response.writeHead(404).end()
const serving = async (answer: RequestListener, host: string): Promise<number> => {
  const server = createServer(answer).listen(0, host)
  await once(server, 'listening')
  endings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
const health = (text: string) => {
  writeFileSync(file, text)
  return runCli(['health', '--config', file])
}

describe('latchkey health', () => {
  test.each(['127.0.0.1', '0.0.0.0', 'localhost'])('ends with 0 while the server answers at %s', async (host) => {
    const port = await serving(alive, host)
    const done = await health(`listen: { host: ${host}, port: ${port} }`)
    expect(done).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`answers at http://`) })
  })

  test.each([
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['fd00::7', 'http://[fd00::7]:80'],
    ['10.1.2.3', 'http://10.1.2.3:80'],
  ])('asks a server that listens at %s at %s', (host, address) => {
    expect(ownAddress({ host, port: 80 })).toBe(address)
  })

  test('needs neither secrets nor the rest of the file to be right', async () => {
    const port = await serving(alive, '127.0.0.1')
    expect(await health(exampleConfig.replace('port: 8080', `port: ${port}`))).toMatchObject({ code: 0 })
    expect(await health(`listen: { port: ${port} }\nlogLevel: loud`)).toMatchObject({ code: 0 })
  })

  test('ends with 1 and a sentence when nobody listens, or somebody else', async () => {
    const gone = await health('listen: { port: 1 }')
    expect(gone).toMatchObject({ code: 1, out: '' })
    expect(gone.err).toMatch(/^latchkey: the server does not answer at http:\/\/127\.0\.0\.1:1: .*\n$/)
    const other = await serving((_, response) => response.end('hello'), '127.0.0.1')
    expect((await health(`listen: { port: ${other} }`)).err).toContain('something else answers there')
    const broken = await serving((_, response) => response.writeHead(500).end(), '127.0.0.1')
    expect(await health(`listen: { port: ${broken} }`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('it answers 500'),
    })
  })

  test('does not wait for a server that hangs', async () => {
    const port = await serving(() => {}, '127.0.0.1')
    writeFileSync(file, `listen: { port: ${port} }`)
    const asked = askHealth({ config: file }, { environment: {}, say: () => {} }, 50)
    await expect(asked).rejects.toThrow(/does not answer at http:\/\/127\.0\.0\.1:\d+: .*timeout/)
  })

  test.each([
    ['a port that is none', 'listen: { port: http }', /latchkey\.yaml:1: listen\.port: .*expected number/],
    ['port 0', 'listen: { port: 0 }', /listen\.port: port 0 means another port at each start/],
    ['text that is no YAML', 'listen: [', /latchkey\.yaml:1: /],
  ])('ends with 1 and names %s', async (_, text, complaint) => {
    expect(await health(text)).toMatchObject({ code: 1, err: expect.stringMatching(complaint) })
  })

  test('ends with 1 when there is no file', async () => {
    const done = await runCli(['health'], { environment: { LATCHKEY_CONFIG: join(folder, 'nowhere.yaml') } })
    expect(done).toMatchObject({ code: 1, err: expect.stringContaining('nowhere.yaml: cannot be read') })
  })
})
