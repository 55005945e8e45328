// A process of its own, to be killed: runs a pass of discovery on a database file, and then waits.
import { openDiscovery } from './discovery.ts'

const { prepared, file, params } = JSON.parse(process.argv[2] ?? '{}')
const discovery = await openDiscovery(prepared, { file, params })
console.log(await discovery.sync())
setInterval(() => discovery, 60_000)
