// A process of its own: takes one due grant of a store that it shares, says which, and lives until it is killed.
import { randomUUID } from 'node:crypto'
import { integrationId } from '../../src/domain/ids.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const [file = ''] = process.argv.slice(2)
const store = await openSqliteStore({ file, newId: randomUUID, isShared: true })
const live = () => store.stayAlive(seconds(2))
await live()
const { things } = await store.claimGrants(integrationId('vault'), timestamp(Date.now()), seconds(600), 1)
console.log(things[0]?.request.id ?? 'none')
setInterval(live, 300)
