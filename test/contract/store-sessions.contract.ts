import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type AuditEvent, byPerson } from '../../src/domain/audit-event.ts'
import { sessionId } from '../../src/domain/ids.ts'
import { end, type Opening, openBrowser, openTerminal, refresh, type Session, use } from '../../src/domain/session.ts'
import { awaitTyping, permitInBrowser } from '../../src/domain/terminal-sign-in.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { ada, at, grace } = sample
const hours = 3600

const opening = (by: Partial<Opening> = {}): Opening => ({
  ...{ id: sessionId(randomUUID()), person: ada, rights: 'own', label: 'ada-laptop', address: '192.0.2.1', ...by },
})
const terminal = (by: Partial<Opening> = {}, now = 0) => {
  const given = opening(by)
  return openTerminal({ ...given, key: 'thumb' }, { access: `a0-${given.id}`, refresh: `r0-${given.id}` }, at(now))
}
const opened = ({ person, openedAt }: Session): AuditEvent => ({
  ...{ at: openedAt, kind: 'session-opened', actor: byPerson(person), detail: {} },
})

/** The sessions of terminals and browsers. */
export function sessionsContract(store: Current): void {
  const open = async <One extends Session>(session: One): Promise<One> => {
    await store().openSession(session, [opened(session)])
    return { ...session, revision: 1 }
  }
  const refreshed = (session: ReturnType<typeof terminal>, token: string, count: number) => {
    const next = { access: `a${count}-${session.id}`, refresh: `r${count}-${session.id}` }
    const answer = refresh(session, { token, attempt: `try-${count}` }, next, at(count))
    if (answer.is === 'over') throw new Error('the session is over')
    return answer.session
  }

  test('a session is found by its id and its tokens, as it was opened, with its audit row', async () => {
    const session = await open(terminal({ rights: 'all', signedInAt: at(-5) }))
    const browser = await open(openBrowser(opening({ person: grace }), 'cookie', at(0)))
    const { id, access, refresh } = session
    for (const by of [{ id }, { access }, { refresh }]) expect(await store().session(by)).toEqual(session)
    expect(await store().session({ access: 'cookie' })).toEqual(browser)
    for (const by of [{ id: sessionId('none') }, { access: refresh }, { refresh: access }]) {
      expect(await store().session(by)).toBeUndefined()
    }
    expect((await store().auditRows(0, 9)).map(({ kind }) => kind)).toEqual(['session-opened', 'session-opened'])
    expect([await store().wasNamed(ada), await store().wasNamed(grace)]).toEqual([true, true])
  })

  test('a used-up refresh token still finds its session, a replaced access token does not', async () => {
    const session = await open(terminal())
    expect(await store().saveSession(refreshed(session, session.refresh, 1))).toBe('saved')
    const once = await store().session({ id: session.id })
    if (once?.kind !== 'terminal') throw new Error('it is a terminal')
    await store().saveSession(refreshed(once, once.refresh, 2))
    const twice = await store().session({ id: session.id })
    for (const count of [0, 1, 2]) expect(await store().session({ refresh: `r${count}-${session.id}` })).toEqual(twice)
    expect(await store().session({ access: session.access })).toBeUndefined()
    expect(twice).toMatchObject({ revision: 3, rotation: { from: `r1-${session.id}`, at: at(2), attempt: 'try-2' } })
    const used = twice && use(twice, `a2-${session.id}`, at(3))
    if (used?.is !== 'used') throw new Error('it works')
    await store().saveSession(used.session)
    expect(await store().session({ id: session.id })).toMatchObject({ usedAt: at(3), rotation: { isSeen: true } })
  })

  test('of two changes of the same session one is written, with its audit row and message', async () => {
    const session = await open(terminal())
    const event = { ...opened(session), kind: 'session-ended' } as const
    const card = () => sample.card({ audience: 'notice', notice: { about: 'access-missing' } })
    const ending = (why: 'signed-out' | 'by-operator') =>
      store().saveSession(end(session, why, at(1)), [event], [card()])
    const outcomes = await Promise.all([ending('signed-out'), ending('by-operator')])
    expect(outcomes.toSorted()).toEqual(['conflict', 'saved'])
    const why = outcomes[0] === 'saved' ? 'signed-out' : 'by-operator'
    expect(await store().session({ id: session.id })).toMatchObject({ ended: { at: at(1), why } })
    expect(await store().auditRows(1, 9)).toHaveLength(1)
    expect((await sample.claimCards(store(), 1)).things).toHaveLength(1)
  })

  test('an ended session stays ended, and no session gets longer', async () => {
    const session = await open(terminal())
    await store().saveSession(end(session, 'signed-out', at(1)))
    expect(await store().saveSession({ ...session, revision: 2 })).toBe('conflict')
    const other = await open(terminal())
    await expect(store().saveSession({ ...other, expiresAt: at(12 * hours + 1) })).rejects.toThrow()
    await expect(open({ ...terminal(), expiresAt: at(12 * hours + 1) })).rejects.toThrow()
  })

  test('live sessions are those that are not over, of one person or of all, the newest first', async () => {
    const [first, second] = [await open(terminal({}, 0)), await open(terminal({ person: grace }, 1))]
    const [third, fourth] = [await open(terminal({}, 2)), await open(terminal({}, 3))]
    await store().saveSession(end(fourth, 'signed-out', at(4)))
    const live = async (now: number, of?: typeof ada) => (await store().liveSessions(at(now), of)).map(({ id }) => id)
    expect(await live(5)).toEqual([third.id, second.id, first.id])
    expect([await live(5, ada), await live(5, grace)]).toEqual([[third.id, first.id], [second.id]])
    expect([await live(12 * hours), await live(12 * hours + 2)]).toEqual([[third.id, second.id], []])
  })

  const machine = (name: string) => ({ hash: `h-${name}`, key: 'thumb', label: 'ada-laptop', address: '192.0.2.1' })
  const begin = async (name: string, now = 0, most = 9) => {
    const begun = awaitTyping({ ...machine(name), typed: `t-${name}` }, at(now))
    return (await store().beginTerminalSignIn(begun, most)) ? begun : undefined
  }
  const permit = (now: number) => ({ person: ada, rights: 'own', at: at(now) }) as const

  test('a terminal’s sign-in is found by its secret and its typed code, and permitted once, in time', async () => {
    const begun = await begin('one')
    for (const by of [{ hash: 'h-one' }, { typed: 't-one' }]) expect(await store().terminalSignIn(by)).toEqual(begun)
    for (const by of [{ hash: 't-one' }, { typed: 'h-one' }]) expect(await store().terminalSignIn(by)).toBeUndefined()
    expect(await store().permitTerminal('h-one', permit(300))).toBe(false)
    const both = [permit(299), { ...permit(299), person: grace }].map((each) => store().permitTerminal('h-one', each))
    const outcomes = await Promise.all(both)
    expect(outcomes.toSorted()).toEqual([false, true])
    const winner = outcomes[0] ? permit(299) : { ...permit(299), person: grace }
    expect(await store().terminalSignIn({ hash: 'h-one' })).toEqual({ ...begun, permit: winner })
  })

  test('a permitted sign-in becomes one session, and stays to tell a second exchange', async () => {
    await begin('one')
    const [first, second] = [terminal(), terminal()]
    expect(await store().exchangeTerminalSignIn('h-one', first, [])).toBe(false)
    await store().permitTerminal('h-one', permit(1))
    const both = [first, second].map((each) => store().exchangeTerminalSignIn('h-one', each, [opened(each)]))
    const outcomes = await Promise.all(both)
    expect(outcomes.toSorted()).toEqual([false, true])
    const winner = outcomes[0] ? first : second
    expect(await store().terminalSignIn({ hash: 'h-one' })).toMatchObject({ session: winner.id })
    expect(await store().liveSessions(at(1))).toHaveLength(1)
    expect(await store().auditRows(0, 9)).toHaveLength(1)
  })

  test('only so many wait for a person at a time; those from the browser wait for nobody', async () => {
    for (const name of ['one', 'two']) expect(await begin(name, 0, 2)).toBeDefined()
    expect(await begin('three', 1, 2)).toBeUndefined()
    const own = permitInBrowser({ ...machine('own'), challenge: 'c' }, { ...permit(1), signedInAt: at(0) })
    expect(await store().beginTerminalSignIn(own, 0)).toBe(true)
    expect(await store().terminalSignIn({ hash: 'h-own' })).toEqual(own)
    await store().permitTerminal('h-one', permit(2))
    expect(await begin('four', 3, 2)).toBeDefined()
    expect(await begin('five', 300, 2)).toBeDefined()
    expect(await begin('six', 86_400 + 301)).toBeDefined()
    expect(await store().terminalSignIn({ hash: 'h-two' })).toBeUndefined() // it came to nothing a day ago
  })

  test('what is long over is forgotten, with its used-up tokens', async () => {
    const session = await open(terminal())
    await store().saveSession(refreshed(session, session.refresh, 1))
    await store().prune(at(12 * hours), at(12 * hours), 9)
    expect(await store().session({ id: session.id })).toBeDefined()
    await store().prune(at(12 * hours + 1), at(12 * hours + 1), 9)
    expect(await store().session({ refresh: session.refresh })).toBeUndefined()
  })
}
