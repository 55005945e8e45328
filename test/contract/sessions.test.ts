import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkSessions } from '../../src/app/check-sessions.ts'
import { personId, sessionId } from '../../src/domain/ids.ts'
import { type SessionWorld, sessionWorld } from '../support/session-world.ts'

const hours = 3600

let world: SessionWorld
beforeEach(async () => {
  world = await sessionWorld()
})
afterEach(() => world?.stop())

const codesOf = async () => (await world.audited()).map((row) => ('code' in row ? `${row.kind} ${row.code}` : row.kind))

describe('a terminal with a code in chat', () => {
  test('is signed in, may do its person’s own things, and is listed', async () => {
    const { access, by, session } = await world.signedIn('ada')
    const { status, json } = await world.call(access, by)
    expect([status, json]).toMatchObject([
      200,
      { items: [{ id: session, kind: 'terminal', rights: 'own', host: 'ada-laptop', isThisOne: true }] },
    ])
    expect(await world.audited()).toMatchObject([
      { kind: 'session-opened', session, how: 'code-in-chat', rights: 'own' },
    ])
  })

  test('waits until somebody types the code, and gets no tokens too late', async () => {
    const by = world.key()
    const { json } = await world.post('start', { key: by.thumbprint, host: 'ada-laptop' })
    expect(json).toMatchObject({ code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/), expires_in: 300, interval: 2 })
    const poll = () => world.token(by, { grant_type: 'device_code', id: json.id })
    expect(await poll()).toMatchObject({ status: 400, json: { error: 'authorization_pending' } })
    world.wait(301)
    expect(await world.terminals.permit(json.code ?? '', personId('ada'), { by: 'chat' })).toMatchObject({ ok: false })
    expect(await poll()).toMatchObject({ status: 400, json: { error: 'invalid_grant', code: 'code-unknown' } })
  })

  test('is not signed in by a code that was typed before, nor by its secret without its key', async () => {
    const by = world.key()
    const { json } = await world.post('start', { key: by.jwk, host: 'ada-laptop' })
    const type = (who: string) => world.terminals.permit(json.code ?? '', personId(who), { by: 'chat' })
    expect([(await type('ada')).ok, (await type('grace')).ok, (await type('ada')).ok]).toEqual([true, false, false])
    const thief = await world.token(world.key(), { grant_type: 'device_code', id: json.id })
    expect(thief).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    const tokens = world.tokensIn(await world.token(by, { grant_type: 'device_code', id: json.id }))
    const again = await world.token(by, { grant_type: 'device_code', id: json.id })
    expect(again).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    expect((await world.call(tokens.access, by)).status).toBe(401) // whoever exchanges twice ends the session
  })

  test('disturbs nobody: a thousand starts send no message, and most are refused', async () => {
    const key = world.key().thumbprint
    const all = await Promise.all(Array.from({ length: 1_000 }, () => world.post('start', { key, host: 'x' })))
    expect(all.filter(({ status }) => status === 201)).toHaveLength(10)
    expect(all.find(({ status }) => status !== 201)).toMatchObject({
      status: 429,
      json: { error: 'slow_down', code: 'too-many-codes' },
    })
    expect(await world.store.nextCard('slack')).toBeUndefined()
    expect(await world.audited()).toEqual([])
  })

  test('is not counted any more when its person has permitted it, so that colleagues behind one proxy get in', async () => {
    world.addPerson('linus')
    for (let count = 0; count < 4; count += 1) {
      for (const name of ['ada', 'grace', 'linus']) await world.signedIn(name)
    }
    expect(await world.store.liveSessions(world.clock.now())).toHaveLength(12)
  })

  test('does not make it later for others by starts that were refused', async () => {
    const start = () => world.post('start', { key: world.key().thumbprint, host: 'x' })
    const own = world.key()
    const { json } = await world.post('start', { key: own.thumbprint, host: 'ada-laptop' })
    for (let count = 0; count < 30; count += 1) await start()
    await world.terminals.permit(json.code ?? '', personId('ada'), { by: 'chat' })
    world.tokensIn(await world.token(own, { grant_type: 'device_code', id: json.id }))
    expect((await start()).status).toBe(201)
  })

  test('is not found by guesses: five codes in ten minutes, and no word about what is right', async () => {
    const { json } = await world.post('start', { key: world.key().thumbprint, host: 'x' })
    const look = (code: string) => world.terminals.look(code, personId('grace'), { by: 'chat' })
    const code = json.code ?? ''
    expect(await look(code.toLowerCase().replace('-', ' '))).toMatchObject({
      ok: true,
      value: { label: 'x', rights: 'own' },
    })
    for (const guess of ['BBBB-BBBB', 'AAAA-1111', '', 'no code']) {
      expect(await look(guess)).toEqual({ ok: false, refusal: { code: 'code-unknown' } })
    }
    expect(await look(code)).toEqual({ ok: false, refusal: { code: 'too-many-codes' } })
    world.wait(600)
    expect((await look('BBBB-BBBB')).ok).toBe(false)
  })

  test('is not found by guesses that skip the look either', async () => {
    const { json } = await world.post('start', { key: world.key().thumbprint, host: 'x' })
    const permit = (code: string) => world.terminals.permit(code, personId('grace'), { by: 'chat' })
    for (let guesses = 0; guesses < 5; guesses += 1) await permit('BBBB-BBBB')
    expect(await permit(json.code ?? '')).toEqual({ ok: false, refusal: { code: 'too-many-codes' } })
  })
})

describe('a stolen token', () => {
  test('is worth nothing without the key of its machine, and each try is audited', async () => {
    const { access, refresh, by, session } = await world.signedIn('ada')
    const thief = world.key()
    expect((await world.call(access)).status).toBe(401)
    expect((await world.call(access, thief)).status).toBe(401)
    expect(await world.refresh(thief, refresh)).toMatchObject({ status: 400, json: { error: 'invalid_dpop_proof' } })
    expect((await world.call(access, by)).status).toBe(200)
    const refused = (await world.audited()).filter(({ kind }) => kind === 'session-refused')
    expect(refused).toHaveLength(3)
    expect(refused[0]).toMatchObject({ session, person: 'ada', code: 'not-signed-in', why: 'proof' })
  })

  test('needs a proof of its own for each call: none of before, of another call, of another token, or of long ago', async () => {
    const { access, by } = await world.signedIn('ada')
    const right = { method: 'GET', url: world.api, token: access }
    const once = by.proof(right)
    expect((await world.call(access, by, once)).status).toBe(200)
    const now = world.clock.now() / 1000
    const wrong = {
      replayed: once,
      'of another method': by.proof({ ...right, method: 'DELETE' }),
      'of another address': by.proof({ ...right, url: `${world.api}/token` }),
      'of another server': by.proof({ ...right, url: 'https://elsewhere.example/api/v1/sessions' }),
      'of another token': by.proof({ ...right, token: 'other' }),
      'without the token': by.proof({ ...right, token: undefined }),
      'of long ago': by.proof({ ...right, iat: now - 62 }),
      'of the future': by.proof({ ...right, iat: now + 62 }),
      'of another type': by.proof({ ...right, header: { typ: 'jwt' } }),
      'by no algorithm': by.proof({ ...right, header: { alg: 'none' } }),
      'with another key inside': by.proof({ ...right, header: { jwk: world.key().jwk } }),
      'without its own name': by.proof({ ...right, claims: { jti: '' } }),
      'of a longer curve': world.key('P-384').proof(right),
      'that is none': 'x.y.z',
    }
    for (const [what, proof] of Object.entries(wrong)) {
      expect([what, (await world.call(access, by, proof)).status]).toEqual([what, 401])
    }
    expect((await world.call(access, by, by.proof({ ...right, iat: now - 50 }))).status).toBe(200)
  })
})

describe('a refresh token', () => {
  test('gives new tokens, and the old access token stops', async () => {
    const { access, refresh, by } = await world.signedIn('ada')
    world.wait(601)
    expect((await world.call(access, by)).json).toMatchObject({ error: { code: 'not-signed-in' } })
    const next = world.tokensIn(await world.refresh(by, refresh))
    expect([(await world.call(access, by)).status, (await world.call(next.access, by)).status]).toEqual([401, 200])
  })

  test('that is used twice ends the session, is audited, and its person is told', async () => {
    const { refresh, by, session } = await world.signedIn('ada')
    const next = world.tokensIn(await world.refresh(by, refresh))
    const again = await world.refresh(by, refresh)
    expect(again).toMatchObject({ status: 400, json: { error: 'invalid_grant', code: 'session-over' } })
    expect(again.json.message).toContain('used twice')
    expect((await world.call(next.access, by)).status).toBe(401)
    expect(await world.refresh(by, next.refresh)).toMatchObject({ status: 400, json: { code: 'session-over' } })
    expect(await codesOf()).toContain('session-ended')
    expect(await world.audited()).toContainEqual(
      expect.objectContaining({ session, why: 'token-reused', kind: 'session-ended' }),
    )
    const { things } = await world.store.claimCards('slack', world.clock.now(), 60 as never, 9)
    expect(things).toMatchObject([{ audience: 'notice', notice: { about: 'session-ended', label: 'ada-laptop' } }])
  })

  test('of long ago ends the session too, whoever shows it', async () => {
    const { refresh, by } = await world.signedIn('ada')
    const second = world.tokensIn(await world.refresh(by, refresh))
    const third = world.tokensIn(await world.refresh(by, second.refresh))
    expect((await world.refresh(world.key(), refresh)).status).toBe(400)
    expect((await world.call(third.access, by)).status).toBe(401)
  })

  test('survives a lost answer: the same use, by its name, may be repeated until its answer is used', async () => {
    const { refresh, by } = await world.signedIn('ada')
    const named = { 'idempotency-key': 'use-1' }
    const lost = world.tokensIn(await world.refresh(by, refresh, named))
    const found = world.tokensIn(await world.refresh(by, refresh, named))
    expect([(await world.call(lost.access, by)).status, (await world.call(found.access, by)).status]).toEqual([
      401, 200,
    ])
    expect((await world.refresh(by, refresh, named)).status).toBe(400)
    expect((await world.call(found.access, by)).status).toBe(401)
  })

  test('two uses at the same instant are two uses', async () => {
    const { refresh, by } = await world.signedIn('ada')
    const both = await Promise.all([world.refresh(by, refresh), world.refresh(by, refresh)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(await world.store.liveSessions(world.clock.now())).toEqual([])
  })
})

describe('a session ends', () => {
  test('after twelve hours, however often it was refreshed', async () => {
    let { refresh, access, by } = await world.signedIn('ada')
    for (let hour = 1; hour < 12; hour += 1) {
      world.wait(hours)
      ;({ refresh, access } = world.tokensIn(await world.refresh(by, refresh)))
    }
    expect((await world.call(access, by)).status).toBe(200)
    world.wait(hours)
    expect((await world.call(access, by)).json).toMatchObject({ error: { code: 'session-over' } })
    expect(await world.refresh(by, refresh)).toMatchObject({ status: 400, json: { code: 'session-over' } })
  })

  test('by sign-out, which ends one’s own sessions only', async () => {
    const [ada, grace] = [await world.signedIn('ada'), await world.signedIn('grace')]
    const end = async (id: string) => {
      const url = `${world.api}/${id}`
      const dpop = ada.by.proof({ method: 'DELETE', url, token: ada.access })
      const headers = { authorization: `DPoP ${ada.access}`, dpop }
      return (await fetch(url, { method: 'DELETE', headers })).status
    }
    expect([await end(grace.session), await end('none'), await end(ada.session)]).toEqual([404, 404, 204])
    expect([(await world.call(grace.access, grace.by)).status, (await world.call(ada.access, ada.by)).status]).toEqual([
      200, 401,
    ])
    expect(await world.audited()).toContainEqual(expect.objectContaining({ session: ada.session, why: 'signed-out' }))
  })

  test('when its person leaves the people file, or their chat account is deactivated', async () => {
    const [ada, grace] = [await world.signedIn('ada'), await world.signedIn('grace')]
    world.people.delete('ada')
    expect((await world.call(ada.access, ada.by)).json).toMatchObject({ error: { code: 'session-over' } })
    await checkSessions(world.deps)(new Map([[personId('grace'), true]]))
    expect((await world.call(grace.access, grace.by)).status).toBe(401)
    const ends = (await world.audited()).filter(({ kind }) => kind === 'session-ended')
    expect(ends).toMatchObject([{ why: 'person-removed' }, { why: 'account-deactivated' }])
  })

  test('for a new one, when a person has twenty', async () => {
    const first = await world.signedIn('ada')
    for (let count = 1; count < 21; count += 1) {
      world.wait(121)
      await world.signedIn('ada')
    }
    expect(await world.store.liveSessions(world.clock.now(), personId('ada'))).toHaveLength(20)
    expect(await world.store.session({ id: sessionId(first.session) })).toMatchObject({ ended: { why: 'too-many' } })
  })
})

test('a secret that opens nothing stores no name of its proof, nor does a key that is not its own', async () => {
  const { refresh } = await world.signedIn('ada')
  const { json } = await world.post('start', { key: world.key().jwk, host: 'ada-laptop' })
  world.proofsKept.length = 0
  const stranger = world.key()
  const answers = new Set<string>()
  const verifier = { code_verifier: 'v'.repeat(43) }
  for (let count = 0; count < 20; count += 1) {
    for (const body of [
      { grant_type: 'refresh_token', refresh_token: `drawn-${count}` },
      { grant_type: 'device_code', id: `drawn-${count}` },
      { grant_type: 'authorization_code', code: `drawn-${count}`, ...verifier },
      { grant_type: 'refresh_token', refresh_token: refresh },
      { grant_type: 'device_code', id: json.id },
    ]) {
      answers.add(String((await world.token(stranger, body)).json.error))
    }
  }
  expect(answers).toEqual(new Set(['invalid_grant', 'invalid_dpop_proof']))
  expect(world.proofsKept).toEqual([])
})

test('a proof counts once for a code, too: its copy neither gets tokens nor ends anything', async () => {
  const by = world.key()
  const { json } = await world.post('start', { key: by.jwk, host: 'ada-laptop' })
  await world.terminals.permit(json.code ?? '', personId('ada'), { by: 'chat' })
  const body = { grant_type: 'device_code', id: json.id }
  const dpop = by.proof({ url: `${world.api}/token` })
  const { access } = world.tokensIn(await world.post('token', body, { dpop }))
  expect(await world.post('token', body, { dpop })).toMatchObject({
    status: 400,
    json: { error: 'invalid_dpop_proof' },
  })
  expect((await world.call(access, by)).status).toBe(200)
})

test('a call that is no such call says what to send', async () => {
  const by = world.key()
  const wrong = [
    await world.post('start', { key: 'short', host: 'x' }),
    await world.post('start', { key: world.key('P-384').jwk, host: 'x' }),
    await world.token(by, { grant_type: 'password' }),
    await world.token(by, { grant_type: 'refresh_token' }),
    await world.post('token', { grant_type: 'refresh_token', refresh_token: 'x' }),
    await world.refresh(by, 'never-drawn'),
  ]
  expect(wrong.map(({ status, json }) => [status, json.error])).toEqual([
    ...[
      [400, 'invalid_request'],
      [400, 'invalid_request'],
      [400, 'unsupported_grant_type'],
    ],
    ...[
      [400, 'invalid_request'],
      [400, 'invalid_dpop_proof'],
      [400, 'invalid_grant'],
    ],
  ])
  expect((await fetch(world.api)).status).toBe(401)
})
