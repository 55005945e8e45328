import { randomUUID } from 'node:crypto'
import type { Store } from '../../src/ports.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { storeContract } from './store.contract.ts'

const databases = usePostgres()

// Until every verb is there.
const whole = (store: Partial<Store>) => store as Store

storeContract('on PostgreSQL', async (now) => {
  const { server: config } = await databases.fresh()
  return whole(await openPostgresStore({ config, newId: randomUUID, now }))
})
