// A process of its own: opens the store, stores one request, says so, and holds the file until it is killed.
import { randomUUID } from 'node:crypto'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { submitted } from './store-samples.ts'

const [file = ''] = process.argv.slice(2)
try {
  const store = await openSqliteStore({ file, newId: randomUUID })
  const { request } = await submitted(store)
  console.log(request.id)
  setInterval(() => store, 60_000)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
