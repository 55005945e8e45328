import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { byPerson } from '../../src/domain/audit-event.ts'
import { sessionId } from '../../src/domain/ids.ts'
import { end, openBrowser, openTerminal, refresh } from '../../src/domain/session.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { ada } = sample
const { store, at: path } = useFolder()

test('a restored copy revives no session: neither one that has ended since, nor a refresh token used since', async () => {
  const latchkey = (...line: readonly string[]) => runCli([...line, '--database', path('latchkey.db')])
  const running = await store()
  await running.instance()
  const now = systemClock.now()
  const opening = (id: string) =>
    ({ id: sessionId(id), person: ada, rights: 'own', label: 'ada-laptop', address: '192.0.2.1' }) as const
  const terminal = (id: string) =>
    openTerminal({ ...opening(id), key: 'thumb' }, { access: `${id}-access`, refresh: `${id}-refresh` }, now)
  const opened = [terminal('ends'), terminal('goes-on'), openBrowser(opening('browser'), 'cookie', now)]
  for (const session of opened) {
    const row = { at: now, kind: 'session-opened', actor: byPerson(ada), detail: {} } as const
    await running.openSession(session, [row])
  }
  expect(await latchkey('backup', path('copy.db'))).toMatchObject({ code: 0 })
  const [ends, goesOn] = [
    await running.session({ id: sessionId('ends') }),
    await running.session({ access: 'goes-on-access' }),
  ]
  await running.saveSession(end(sample.present(ends), 'signed-out', now))
  if (goesOn?.kind !== 'terminal') throw new Error('it is a terminal')
  const renewed = refresh(goesOn, { token: goesOn.refresh }, { access: 'next', refresh: 'later' }, now)
  if (renewed.is !== 'refreshed') throw new Error(renewed.is)
  await running.saveSession(renewed.session)
  await running.close()

  const { code, out, err } = await latchkey('restore', '--yes', path('copy.db'))
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('Sessions in the copy are ended: everybody signs in again.')
  const restored = await store()
  expect(await restored.liveSessions(now)).toEqual([])
  for (const by of [{ access: 'ends-access' }, { refresh: 'goes-on-refresh' }, { access: 'cookie' }]) {
    expect(await restored.session(by)).toMatchObject({ ended: { why: 'by-operator' } })
  }
  const rows = (await restored.auditRows(0, 99)).filter(({ kind }) => kind === 'session-ended')
  expect(rows.map(({ actor, detail }) => [actor.kind, detail.session, detail.restored])).toEqual(
    expect.arrayContaining(['ends', 'goes-on', 'browser'].map((session) => ['operator', session, true])),
  )
})
