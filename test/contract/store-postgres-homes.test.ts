import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Identity } from '../../src/domain/card.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const databases = usePostgres()
const hers: Identity = { platform: 'slack', tenant: 'T1', subject: 'U1' }
const his: Identity = { ...hers, subject: 'U2' }

test('changes for the same people wait for each other in no order, and each outdates their homes', async () => {
  const { name, server } = await databases.clean()
  const store = await openPostgresStore({ config: server, newId: randomUUID })
  for (const of of [hers, his]) await store.openHome(of, at(1), at(0))
  const about = (identity: Identity) =>
    sample.card({
      ...{ audience: 'notice', notice: { about: 'welcome' } },
      recipient: { to: 'person', person: sample.ada, identity },
    })
  const cards = [about(hers), about(his)]
  await store.addCards(cards)
  const connect = () => databases.server().connect(databases.roles.server, name)
  const [one, other] = [await connect(), await connect()]
  const change = 'UPDATE latchkey.cards SET wanted = wanted + 1 WHERE id = $1'
  for (const client of [one, other]) await client.query("BEGIN; SET lock_timeout = '5s'")
  const extra = [about(hers), about(his)]
  await store.addCards(extra)
  await one.query(change, [cards[0]?.id])
  await other.query(change, [extra[1]?.id])
  await one.query(change, [cards[1]?.id])
  await other.query(change, [extra[0]?.id])
  await store.audit([sample.event()], [about(hers)]) // commits, although both have changed the home
  await Promise.all([one.query('COMMIT'), other.query('COMMIT')])
  const stale = await store.staleHomes('slack', at(0), at(9), 9)
  expect(Object.fromEntries(stale.map(({ identity, wanted }) => [identity.subject, wanted]))).toEqual({ U1: 6, U2: 5 })
  await Promise.all([one.end(), other.end(), store.close()])
})
