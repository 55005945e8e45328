import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readJournal } from '../../src/store/journal.ts'
import { calls } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import { runCli } from '../support/run-cli.ts'
import { ordersApi, type Story } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
let story: Story
let names: string
beforeAll(async () => {
  // The vendor's rights only: nothing that is left behind can be found by looking for it.
  fragile = await fragileWorld({ settings: { journal: 'elsewhere/names', reconcile: { wake: '1s', claim: '2s' } } })
  story = fragile.story
  names = join(fragile.world.folder, 'elsewhere/names')
})
afterAll(() => fragile?.stop())

const noted = () => new Set(readJournal(names)?.names.map(({ name }) => name))
const written = () =>
  fragile.vault.calls.flatMap((call) => /^POST sys\/policies\/acl\/(.*-g-.*)$/.exec(call)?.[1] ?? [])
const latchkey = (...line: readonly string[]) => runCli([...line, '--config', fragile.world.files.config])

describe('a name', () => {
  test('stands in the journal before it is used, also when the process is killed in between', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { length: '1 hour' })
    let before: ReadonlySet<string> = new Set()
    await fragile.killAt('vault', { ...calls.writesPolicy, when: 'before' }, async () => {
      await story.press(owner, request, 'Approve')
      before = noted()
    })
    expect(written().length).toBeGreaterThan(0)
    expect(written().filter((name) => !noted().has(name))).toEqual([])
    await story.untilState(request, 'active')
    await story.credential(developer, request)
    expect(written().filter((name) => !noted().has(name))).toEqual([])
    expect(noted().size).toBeGreaterThan(before.size)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

describe('an older copy is restored where the bot may not list', () => {
  const live = async (path?: string) => {
    const { developer, owner, lead } = story.cast
    const asked = await story.ask(developer, { length: '1 hour', ...(path && { path }) })
    const request = await story.approve(path ? lead : owner, asked)
    return { request, token: (await story.credential(developer, request)).token }
  }

  test('what was drawn since is deleted at the vault, and the report and doctor name it', async () => {
    const { world } = fragile
    const { developer } = story.cast
    const known = await live()
    const copy = join(world.folder, 'copy.sqlite')
    expect((await latchkey('backup', copy)).code).toBe(0)
    const { token: renewed } = await story.credential(developer, known.request)
    const unknown = await live(ordersApi)
    expect([await story.read(renewed), await story.read(unknown.token, ordersApi)]).toEqual([200, 200])
    await world.latchkey().stop()
    for (const end of ['', '-wal', '-shm']) await rm(`${world.files.database}${end}`, { force: true })

    const restored = await latchkey('restore', copy, '--yes')
    expect(restored.code).toBe(0)
    expect(restored.out).toMatch(/Drawn since the copy \([3-9]\).*the next start deletes these policies/)
    expect(restored.out).toMatch(/-g-\S+ at example, may work until 20\d\d-/)
    expect((await latchkey('doctor')).out).toMatch(/journal of names\s+\d+ names that the database does not know/)
    expect([await story.read(renewed), await story.read(unknown.token, ordersApi)]).toEqual([200, 200])

    await world.restart()
    await story.untilRefused(renewed)
    await story.untilRefused(unknown.token, ordersApi)
    await eventually(async () => (await vaultTruth(world)).policies.length === 0)
    await eventually(async () => !(await latchkey('doctor')).out.includes('that the database does not know'))
  })

  test('without the journal the report says that such access may live until its time', async () => {
    const { world } = fragile
    const copy = join(world.folder, 'copy.sqlite')
    await world.latchkey().stop()
    await copyFile(names, `${names}.kept`)
    await rm(names)
    for (const end of ['', '-wal', '-shm']) await rm(`${world.files.database}${end}`, { force: true })
    const { out } = await latchkey('restore', '--dry-run', copy)
    expect(out).toContain('There is no journal of names')
    expect(out).toContain('it may work until its planned end, even where this Latchkey shows it as ended')
  })
})
