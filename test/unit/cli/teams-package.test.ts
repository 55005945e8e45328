import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { AppManifestUtils } from '@microsoft/app-manifest'
import { unzipSync } from 'fflate'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-teams-'))
afterAll(() => rmSync(folder, { recursive: true }))
let count = 0
let out = ''
beforeEach(() => {
  out = join(folder, `package-${++count}.zip`)
})

const app = '11111111-1111-4111-8111-111111111111'
const usual = ['--app-id', app, '--host', 'latchkey.example.com']
const made = (...options: readonly string[]) => runCli(['teams', 'package', '--out', out, ...options])
const files = () => unzipSync(readFileSync(out))
const manifest = () => JSON.parse(new TextDecoder().decode(files()['manifest.json']))

/** What the header of a PNG says, and its pixels as rows of red, green, blue and opacity. */
const png = (content: Uint8Array = new Uint8Array()) => {
  const view = Buffer.from(content)
  expect(view.subarray(1, 4).toString()).toBe('PNG')
  const [width, height] = [view.readUInt32BE(16), view.readUInt32BE(20)]
  const data: Buffer[] = []
  for (let at = 8; at < view.length; at += view.readUInt32BE(at) + 12)
    if (view.subarray(at + 4, at + 8).toString() === 'IDAT')
      data.push(view.subarray(at + 8, at + 8 + view.readUInt32BE(at)))
  const rows = inflateSync(Buffer.concat(data))
  const pixels = Array.from({ length: height }, (_, y) => [
    ...rows.subarray(y * (width * 4 + 1) + 1, (y + 1) * (width * 4 + 1)),
  ])
  return { width, height, pixels: pixels.flat() }
}

describe('latchkey teams package', () => {
  test('writes a manifest that Microsoft’s own schema of version 1.25 takes, without asking the network', async () => {
    const asked: unknown[] = []
    const note = (message: unknown) => void asked.push(message)
    subscribe('http.client.request.start', note)
    expect(await made(...usual)).toMatchObject({ code: 0, out: expect.stringContaining(out) })
    const written = manifest()
    expect(written.manifestVersion).toBe('1.25')
    expect(await AppManifestUtils.validateAgainstSchema(written)).toEqual([])
    expect(await AppManifestUtils.validateAgainstSchema({ ...written, id: 'none' })).not.toEqual([])
    unsubscribe('http.client.request.start', note)
    expect(asked).toEqual([])
  })

  test('names the app and the host, and serves people, teams and group chats', async () => {
    await made(
      '--app-id',
      app.toUpperCase(),
      '--host',
      'Latchkey.Example.com',
      '--name',
      'Zugang',
      '--app-version',
      '2.3.4',
    )
    const { id, bots, composeExtensions, validDomains, version, name, ...rest } = manifest()
    expect([id, bots[0].botId, composeExtensions[0].botId, version]).toEqual([app, app, app, '2.3.4'])
    expect(validDomains).toEqual(['latchkey.example.com'])
    expect(name.short).toBe('Zugang')
    expect(bots[0].scopes).toEqual(['personal', 'team', 'groupChat'])
    expect(rest.defaultInstallScope).toBe('personal')
    expect(JSON.stringify(manifest())).not.toMatch(/\{\{|\}\}/)
    const words = bots[0].commandLists[0].commands.map(({ title }: { title: string }) => title)
    expect(words).toEqual(['request', 'extend', 'mine', 'who', 'status', 'help'])
    const commands = composeExtensions[0].commands
    expect(commands).toMatchObject([
      { id: 'requestAccess', type: 'action', context: ['compose', 'commandBox', 'message'], fetchTask: true },
      { id: 'myAccess', type: 'query' },
    ])
  })

  test('brings the icons in the sizes of Teams, the small one white on nothing', async () => {
    await made(...usual)
    const all = files()
    expect(Object.keys(all)).toEqual(['manifest.json', 'color.png', 'outline.png'])
    expect(png(all['color.png'])).toMatchObject({ width: 192, height: 192 })
    const { width, height, pixels } = png(all['outline.png'])
    expect([width, height]).toEqual([32, 32])
    expect(pixels.filter((part, index) => index % 4 !== 3 && part !== 255)).toEqual([])
    expect(new Set(pixels.filter((_, index) => index % 4 === 3))).toContain(0)
    expect(readFileSync(out).length).toBeLessThan(10_000)
  })

  test('is the same file each time, in whatever time zone', async () => {
    await made(...usual)
    const first = readFileSync(out)
    const zone = process.env.TZ
    process.env.TZ = 'Pacific/Kiritimati'
    await made(...usual, '--force').finally(() => {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    })
    expect(readFileSync(out).equals(first)).toBe(true)
  })

  test('replaces a file only when told to, and never writes through a link', async () => {
    writeFileSync(out, 'kept')
    expect(await made(...usual)).toMatchObject({ code: 1, err: expect.stringContaining('--force replaces it') })
    expect(readFileSync(out, 'utf8')).toBe('kept')
    const link = join(folder, 'link.zip')
    symlinkSync(out, link)
    expect(await made(...usual, '--out', link, '--force')).toMatchObject({ code: 0 })
    expect(readFileSync(out, 'utf8')).toBe('kept')
    expect(lstatSync(link).isSymbolicLink()).toBe(false)
    expect(await made(...usual, '--out', join(folder, 'nowhere/a.zip'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be written (ENOENT)'),
    })
  })

  test.each([
    [
      'an app id that is none',
      ['--app-id', 'latchkey', '--host', 'latchkey.example.com'],
      'write the application (client) id',
    ],
    ['a long name', [...usual, '--name', 'x'.repeat(31)], '1 to 30 characters'],
    ['a name that would end the text of the manifest', [...usual, '--name', 'a"b'], '1 to 30 characters'],
    ['a name of blanks', [...usual, '--name', ' '], '1 to 30 characters'],
    ['a version of two numbers', [...usual, '--app-version', '1.0'], 'write three numbers'],
  ])('refuses %s, and writes nothing', async (_, options, words) => {
    expect(await made(...options)).toMatchObject({ code: 2, err: expect.stringContaining(words) })
    expect(existsSync(out)).toBe(false)
  })

  test.each([
    'https://latchkey.example.com',
    'latchkey.example.com:8443',
    'latchkey.example.com/teams',
    '*.example.com',
    '*',
    'localhost',
    '192.168.0.1',
    '-a.example.com',
    'a..example.com',
    'latchkey.example.com\n',
  ])('refuses %j as a host, though the schema takes it', async (host) => {
    const refused = await made('--app-id', app, '--host', host)
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('write a host name alone') })
    expect(existsSync(out)).toBe(false)
  })

  test('says what is missing where neither an option nor a configuration says it', async () => {
    const config = join(folder, 'latchkey.yaml')
    const vault = { internalUrl: 'https://vault.example.com', credentials: { folder: '/nowhere' } }
    const settings = {
      link: { baseUrl: 'https://latchkey.example.com' },
      slack: { tenants: ['T0123456'] },
      integrations: [{ name: 'production', requesters: ['group:a'], owner: ['group:a'], vault }],
    }
    writeFileSync(config, JSON.stringify(settings))
    expect(await made('--config', config)).toMatchObject({ code: 2, err: expect.stringContaining('give --app-id') })
    expect(await made('--config', config, '--app-id', app)).toMatchObject({ code: 0 })
    expect(manifest().validDomains).toEqual(['latchkey.example.com'])
  })
})
