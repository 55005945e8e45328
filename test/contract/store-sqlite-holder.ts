// A process of its own: opens the store, stores requests, says each one's id, and holds the file until it is killed.
import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { approved } from './store-samples.ts'

const [file = '', count = '1'] = process.argv.slice(2)
try {
  const store = await openSqliteStore({ file, newId: randomUUID })
  for (let stored = 0; stored < Number(count); stored++) {
    console.log((await approved(store)).request.id)
    await setImmediate()
  }
  setInterval(() => store, 60_000)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
