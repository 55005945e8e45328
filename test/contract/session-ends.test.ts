import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkAccounts } from '../../src/app/check-accounts.ts'
import { endSessionNamed, sessionLines } from '../../src/control/sessions.ts'
import { byOperator } from '../../src/domain/audit-event.ts'
import { personId } from '../../src/domain/ids.ts'
import { type SessionWorld, sessionWorld } from '../support/session-world.ts'

// Whatever ends a session ends it for every call, for its refresh token, and for a code on its way.

let world: SessionWorld
beforeEach(async () => {
  world = await sessionWorld()
})
afterEach(() => world?.stop())

type SignedIn = Awaited<ReturnType<SessionWorld['signedIn']>>
const expectDead = async ({ access, refresh, by }: SignedIn, because: string) => {
  for (const { status, json } of [await world.call(access, by), await world.call(access, by)]) {
    expect([status, json]).toMatchObject([
      401,
      { error: { code: 'session-over', message: expect.stringContaining(because) } },
    ])
  }
  const { status, json } = await world.refresh(by, refresh)
  expect([status, json]).toMatchObject([400, { code: 'session-over', message: expect.stringContaining(because) }])
}
const whys = async () =>
  (await world.audited()).flatMap((row) => (row.kind === 'session-ended' && 'why' in row ? [row.why] : []))

test('somebody who left the people file is out at once, by a call or by a refresh', async () => {
  const [calls, refreshes] = [await world.signedIn('ada'), await world.signedIn('ada')]
  world.people.delete('ada')
  expect((await world.refresh(refreshes.by, refreshes.refresh)).json).toMatchObject({ code: 'session-over' })
  await expectDead(calls, 'no longer in the people file')
  await expectDead(refreshes, 'no longer in the people file')
  expect(await whys()).toEqual(['person-removed', 'person-removed'])
})

test('and stays out after a return to the people file', async () => {
  const before = await world.signedIn('ada')
  world.people.delete('ada')
  await world.call(before.access, before.by)
  world.addPerson('ada')
  await expectDead(before, 'no longer in the people file')
})

test('a code that was permitted gives nothing once its person has left', async () => {
  const by = world.key()
  const { json } = await world.post('start', { key: by.jwk, host: 'ada-laptop' })
  await world.terminals.permit(json.code ?? '', personId('ada'), { by: 'chat' })
  world.people.delete('ada')
  expect((await world.token(by, { grant_type: 'device_code', id: json.id })).json).toMatchObject({
    code: 'code-unknown',
  })
  expect(await world.store.liveSessions(world.clock.now())).toEqual([])
})

test('a deactivated account loses its sessions at the next look, even without any request or access', async () => {
  const [ada, grace] = [await world.signedIn('ada'), await world.signedIn('grace')]
  world.deactivated.add('U-ada')
  await checkAccounts(world.deps)(new AbortController().signal)
  await expectDead(ada, 'deactivated')
  expect((await world.call(grace.access, grace.by)).status).toBe(200)
})

test('an operator ends a session by the beginning of its id: for calls, and for a refresh under way', async () => {
  const [ada, grace] = [await world.signedIn('ada'), await world.signedIn('grace')]
  expect(await sessionLines(world.deps, 'ada')).toMatchObject([{ id: ada.session, person: 'ada' }])
  const [ended] = await Promise.all([
    endSessionNamed(world.deps, ada.session.slice(0, 8), byOperator('root')),
    world.refresh(ada.by, ada.refresh, { 'idempotency-key': 'under-way' }),
  ])
  expect(ended).toMatchObject({ id: ada.session, label: 'ada-laptop' })
  await expectDead(ada, 'operator')
  expect((await world.call(grace.access, grace.by)).status).toBe(200)
  await expect(endSessionNamed(world.deps, ada.session, byOperator('root'))).rejects.toThrow('or it is over')
})

test('tokens of a reused refresh token are all dead, those of a repeated answer too', async () => {
  const first = await world.signedIn('ada')
  const second = world.tokensIn(await world.refresh(first.by, first.refresh, { 'idempotency-key': 'one' }))
  expect((await world.call(second.access, first.by)).status).toBe(200)
  expect((await world.refresh(first.by, first.refresh, { 'idempotency-key': 'two' })).status).toBe(400)
  expect((await world.refresh(first.by, first.refresh, { 'idempotency-key': 'one' })).status).toBe(400)
  await expectDead({ ...first, ...second }, 'used twice')
})
