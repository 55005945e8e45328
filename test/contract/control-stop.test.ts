import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import { runCli } from '../support/run-cli.ts'

// Claims last as long as in production: whoever gives them back is seen to.
let fragile: FragileWorld
beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['1h'],
    settings: { reconcile: { discoverEvery: '2s', driftEvery: '1h', wake: '2s', claim: '60s' } },
  })
})
afterAll(() => fragile?.stop())
afterEach(() => {
  fragile.vault.forgetHooks()
  fragile.vault.heal()
})

const killAfter = 15_000

/** Sends SIGTERM and waits for the end; how long it took, and the exit code. */
const stop = async () => {
  const started = Date.now()
  const running = fragile.world.latchkey()
  await running.stop()
  const [code] = (await running.exited) as [number | null]
  return { code, milliseconds: Date.now() - started }
}
const claims = () =>
  fragile.story.records.rows(
    `SELECT (SELECT count(*) FROM grants WHERE claimed_until IS NOT NULL) AS grants,
            (SELECT count(*) FROM accounts WHERE claimed_until IS NOT NULL) AS accounts,
            (SELECT count(*) FROM cards WHERE claimed_until IS NOT NULL AND rendered < wanted) AS cards`,
  )
const none = [{ grants: 0, accounts: 0, cards: 0 }]

test('a stop at rest is quick and clean', async () => {
  const { code, milliseconds } = await stop()
  expect([code, milliseconds < 5_000]).toEqual([0, true])
  await fragile.world.restart()
})

test('a stop while access is being set up finishes that step, and what comes after it is done by the next process', async () => {
  const { story, vault } = fragile
  const request = await story.ask(story.cast.developer)
  let stopping: ReturnType<typeof stop> | undefined
  const reached = vault.once({ when: 'before', call: /^POST sys\/policies\/acl\// }, () => {
    stopping = stop()
    return 'pass'
  })
  await story.press(story.cast.owner, request, 'Approve').catch(() => undefined)
  await reached
  const { code, milliseconds } = await (stopping ?? stop())
  expect([code, milliseconds < killAfter]).toEqual([0, true])
  expect(claims()).toEqual(none)
  expect(story.records.request(request.id).grant?.state).toBe('active')

  await fragile.world.restart()
  await story.untilAllSay(request, 'Approved by')
  const { token } = await story.credential(story.cast.developer, request)
  expect(await story.read(token)).toBe(200)
  await fragile.untilNothingIsOrphaned()
})

test('a stop while the vault hangs hands the end of access back; the next process proves it at once', async () => {
  const { story, vault, world } = fragile
  const request = await story.ask(story.cast.developer, { path: 'kv/apps/billing/database' })
  await story.approve(story.cast.owner, request)
  const { token } = await story.credential(story.cast.developer, request)
  const before = vault.calls.length
  vault.breakDown('hang')
  const grant = story.records.request(request.id).grant?.id ?? ''
  expect((await runCli(['revoke', grant, '--no-wait', '--config', world.files.config])).code).toBe(0)
  await eventually(() => vault.calls.length > before)
  const { code, milliseconds } = await stop()
  expect([code, milliseconds < killAfter]).toEqual([0, true])
  expect(claims()).toEqual(none)
  expect(story.records.request(request.id).grant?.state).toBe('revoking')

  vault.heal()
  const restarted = Date.now()
  await world.restart()
  await story.untilState(request, 'ended')
  expect(Date.now() - restarted).toBeLessThan(30_000) // a claim that was not given back would hold for a minute
  expect(await story.read(token, 'kv/apps/billing/database')).toBe(403)
  await story.untilAllSay(request, ' ended ')
})

test('a decision that is taken while the server stops is either whole or not taken', async () => {
  const { story } = fragile
  const request = await story.ask(story.cast.developer, { path: 'kv/apps/orders/api' })
  const pressing = story.press(story.cast.lead, request, 'Approve').catch(() => undefined)
  const { code } = await stop()
  await pressing
  expect(code).toBe(0)
  const { state, grant } = story.records.request(request.id)
  expect([`${state} ${grant?.state ?? 'none'}`]).toEqual([
    expect.stringMatching(/^(pending none|approved (provisioning|active))$/),
  ])
  await fragile.world.restart()
  if (state === 'pending') await story.approve(story.cast.lead, request)
  await story.untilState(request, 'active')
  expect((await runCli(['audit', 'verify', '--config', fragile.world.files.config])).code).toBe(0)
})

test('readiness tells of a vault that is away though nobody needs it now, and of its return', async () => {
  const { vault, world } = fragile
  const ready = async () => {
    const answer = await fetch(`${world.latchkey().url}/readyz`)
    return { status: answer.status, ...((await answer.json()) as object) }
  }
  expect(await ready()).toMatchObject({ status: 200 })
  vault.breakDown('refuse')
  await eventually(async () => (await ready()).status === 503)
  expect(await ready()).toMatchObject({ status: 503, ready: false, waitingFor: ['integration example'] })
  expect((await runCli(['status', '--config', world.files.config])).out).toContain('waiting for integration example')
  vault.heal()
  await eventually(async () => (await ready()).status === 200)
})
