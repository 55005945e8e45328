import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../src/demo/latchkey-process.ts'
import { runCli } from '../../support/run-cli.ts'

const here = import.meta.dirname
const root = join(here, '../../..')
const environment = { SLACK_BOT_TOKEN: 'xoxb-example', SLACK_SIGNING_SECRET: 'example' }
const before = ['0001-first-tables', '0002-audit-push', '0003-requests-by-integration', '0004-discovery']

/** A database as that commit left it: its own migrations, then its rows. */
const writeDatabase = (file: string): void => {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA foreign_keys = OFF')
  database.exec(
    'CREATE TABLE migrations ' +
      '(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  )
  for (const name of before) database.exec(readFileSync(join(root, `migrations/${name}.sql`), 'utf8'))
  database.exec(`BEGIN; ${readFileSync(join(here, 'from-b39b8c6.sql'), 'utf8')} COMMIT;`)
  database.close()
}

describe('an installation of commit b39b8c6', () => {
  let folder = ''
  let file = ''
  let port = 0
  const cli = (...line: string[]) => runCli([...line, '--config', file], { environment })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-upgrade-'))
    file = join(folder, 'latchkey.yaml')
    port = await freePort()
    const { config, people } = JSON.parse(readFileSync(join(here, 'from-b39b8c6.json'), 'utf8'))
    writeFileSync(file, JSON.stringify({ ...config, listen: { host: '127.0.0.1', port } }))
    writeFileSync(join(folder, 'people.yaml'), JSON.stringify(people))
    writeDatabase(join(folder, 'latchkey.sqlite'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('starts with its database and its configuration, and goes on', async () => {
    const child = spawn(process.execPath, [join(root, 'src/main.ts')], {
      env: { PATH: process.env.PATH, HOME: folder, LATCHKEY_CONFIG: file, ...environment },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    const health = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.status
    await expect.poll(health, { timeout: 20_000, message: said }).toBe(200)
    const live = async () => (await cli('grants', '--json')).out
    await expect.poll(live, { timeout: 20_000 }).toContain('revoking') // its time is up, though its vault is away
    expect(JSON.parse((await cli('requests', '--all', '--json')).out)).toHaveLength(6)
    child.kill('SIGTERM')
    expect(await once(child, 'exit'), said).toEqual([0, null])
  })

  test('draws the cards that have buttons again, because buttons name their card now', async () => {
    const database = new DatabaseSync(join(folder, 'latchkey.sqlite'), { readOnly: true })
    const open = database
      .prepare(
        `SELECT count(*) AS kept, sum(rendered < wanted) AS due FROM cards JOIN requests ON requests.id = cards.request
        WHERE is_open = 1 AND audience <> 'notice'`,
      )
      .get()
    database.close()
    expect(open?.kept).toBeGreaterThan(0)
    expect(open?.due).toBe(open?.kept)
  })

  test('has an audit log that is whole, across the rows of both versions', async () => {
    expect(await cli('audit', 'verify')).toMatchObject({ code: 0 })
  })
})
