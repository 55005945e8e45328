import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type ApiWorld, apiWorld } from '../support/api-world.ts'

// Decisions by API: grace owns everything in this vault, ada asks.

let world: ApiWorld
beforeEach(async () => {
  world = await apiWorld()
  await world.discover('kv/a', 'kv/b')
})
afterEach(() => world.close())

const file = async (who: string, ...paths: string[]): Promise<string> => {
  const items = paths.map((path) => ({ path, permission: 'read' }))
  const wish = { vault: 'vault', items, duration: '1h', reason: 'The queue is stuck.' }
  return (await world.post(who, '/requests', wish)).body.id
}
const decide = (who: string, id: string, body: object) => world.post(who, `/requests/${id}/decision`, body)
const codeOf = ({ status, body }: Answer) => `${status} ${body.error?.code ?? 'done'}`
const planFor = async (who: string, id: string) => {
  const { items, hash } = (await world.call(who, `/requests/${id}`)).body.plan
  return { items, plan: hash }
}

describe('an approval', () => {
  test('makes an access, and says who approved and why', async () => {
    const id = await file('ada', 'kv/a')
    const { status, body } = await decide('grace', id, { verdict: 'approve', note: 'Go on.' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ state: 'approved', grant: { request: id, vault: 'vault' } })
    expect(body.decisions).toEqual([
      {
        by: { id: 'grace', name: 'grace' },
        verdict: 'approve',
        note: 'Go on.',
        at: new Date(world.now()).toISOString(),
      },
    ])
    expect((await world.call('ada', '/grants')).body.items).toMatchObject([{ id: body.grant.id }])
    const approved = (await world.store.auditRows(0, 99)).find(({ kind }) => kind === 'request-approved')
    expect(approved).toMatchObject({ request: id, actor: { kind: 'person', id: 'grace' } })
  })

  test('is not taken from somebody whose chat account was deactivated, however long their session lasts', async () => {
    const id = await file('ada', 'kv/a')
    world.company.deactivated.push('grace')
    const answer = await decide('grace', id, { verdict: 'approve' })
    expect(codeOf(answer)).toBe('403 not-admitted')
    expect((await world.call('ada', `/requests/${id}`)).body).toMatchObject({ state: 'pending', decisions: [] })
  })

  test('may be for less than was asked, and for no other length', async () => {
    const id = await file('ada', 'kv/a')
    for (const duration of ['2h', '17m']) {
      const refused = await decide('grace', id, { verdict: 'approve', duration })
      expect([codeOf(refused), refused.body.error.field]).toEqual(['400 duration-not-offered', 'duration'])
    }
    const { body } = await decide('grace', id, { verdict: 'approve', duration: '15m' })
    expect(body).toMatchObject({ state: 'approved', duration: 3600, decisions: [{ duration: 900 }] })
  })

  test('of several items counts for the policy that was seen, and for no other', async () => {
    const id = await file('ada', 'kv/a', 'kv/b')
    const seen = await planFor('grace', id)
    expect(seen.items).toEqual([0, 1])
    const others = [undefined, { items: [0] }, { ...seen, plan: 'another' }, { ...seen, items: [1] }]
    for (const part of others) {
      const refused = await decide('grace', id, { verdict: 'approve', ...(part && { seen: part }) })
      expect([codeOf(refused), refused.body.error.field]).toEqual(['409 part-changed', 'seen'])
    }
    expect((await decide('grace', id, { verdict: 'approve', seen })).body.state).toBe('approved')
  })
})

describe('a denial', () => {
  test('needs a note, and makes no access', async () => {
    const id = await file('ada', 'kv/a')
    for (const note of [undefined, '', '   ']) {
      const refused = await decide('grace', id, { verdict: 'deny', ...(note !== undefined && { note }) })
      expect([codeOf(refused), refused.body.error.field]).toEqual(['400 note-required', 'note'])
    }
    const { body } = await decide('grace', id, { verdict: 'deny', note: 'Not this week.' })
    expect(body).toMatchObject({ state: 'denied', decisions: [{ verdict: 'deny', note: 'Not this week.' }] })
    expect(body.grant).toBeUndefined()
    expect(codeOf(await decide('grace', id, { verdict: 'approve' }))).toBe('409 not-pending')
  })

  test('has a note of limited length', async () => {
    const refused = await decide('grace', await file('ada', 'kv/a'), { verdict: 'deny', note: 'x'.repeat(501) })
    expect([codeOf(refused), refused.body.error.field]).toEqual(['400 reason-too-long', 'note'])
  })
})

describe('nobody decides', () => {
  test('on their own request, even as an owner', async () => {
    world.company.groups.platform = ['grace', 'ada']
    const id = await file('ada', 'kv/a')
    const verdicts = [{ verdict: 'approve' }, { verdict: 'deny', note: 'Not this week.' }]
    for (const verdict of verdicts) expect(codeOf(await decide('ada', id, verdict))).toBe('403 own-request')
    expect((await world.call('ada', `/requests/${id}`)).body).toMatchObject({ state: 'pending', decisions: [] })
  })

  test('who is no owner; for a stranger the request does not exist', async () => {
    const id = await file('ada', 'kv/a')
    expect(codeOf(await decide('linus', id, { verdict: 'approve' }))).toBe('404 no-such-request')
    expect(codeOf(await decide('grace', 'unknown', { verdict: 'approve' }))).toBe('404 no-such-request')
    const refused = (await world.store.auditRows(0, 99)).filter(({ kind }) => kind === 'refused')
    expect(refused.map(({ detail }) => detail.code)).toContain('not-an-owner')
  })

  test('in a session that was opened with a code in chat', async () => {
    world.callers.grace = { rights: 'own' }
    const id = await file('ada', 'kv/a')
    expect(codeOf(await decide('grace', id, { verdict: 'approve' }))).toBe('403 needs-sign-in')
    expect(codeOf(await decide('grace', 'unknown', { verdict: 'approve' }))).toBe('403 needs-sign-in')
    expect((await world.call('ada', `/requests/${id}`)).body.state).toBe('pending')
  })

  test('after the deadline', async () => {
    const id = await file('ada', 'kv/a')
    world.advance(601)
    expect(codeOf(await decide('grace', id, { verdict: 'approve' }))).toBe('409 deadline-passed')
  })

  test('twice: of two at the same moment one counts', async () => {
    world.company.groups.platform = ['grace', 'linus']
    const id = await file('ada', 'kv/a')
    const answers = await Promise.all([
      decide('grace', id, { verdict: 'approve' }),
      decide('linus', id, { verdict: 'deny', note: 'Not this week.' }),
    ])
    expect(answers.map(codeOf).sort()).toEqual(['200 done', '409 not-pending'])
  })
})
