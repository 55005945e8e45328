import { randomUUID } from 'node:crypto'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { storeContract } from './store.contract.ts'

const databases = usePostgres()

storeContract('on PostgreSQL', async (now) => {
  const { server: config } = await databases.fresh()
  return openPostgresStore({ config, newId: randomUUID, now })
})
