import { randomUUID } from 'node:crypto'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { type PostgresDatabase, usePostgres } from '../support/postgres-databases.ts'
import { storeContract } from './store.contract.ts'
import { sharedContract } from './store-shared.contract.ts'

const databases = usePostgres()

storeContract('on PostgreSQL', async (now) => {
  const { server: config } = await databases.clean()
  return openPostgresStore({ config, newId: randomUUID, now })
})

sharedContract('on PostgreSQL', () => {
  let database: Promise<PostgresDatabase> | undefined
  return async (now) => {
    database ??= databases.clean()
    return openPostgresStore({ config: (await database).server, newId: randomUUID, now })
  }
})
