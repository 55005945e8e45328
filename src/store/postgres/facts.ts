import { setTimeout as delay } from 'node:timers/promises'
import type { Client, ClientConfig } from 'pg'
import * as z from 'zod'
import type { ServerFacts } from '../../ports.ts'
import { withClient } from './connection.ts'

const read = z.object({
  version: z.coerce.number(),
  shown: z.string(),
  encrypted: z.boolean(),
  commits: z.string(),
  standbys: z.string(),
  connections: z.coerce.number(),
  now: z.coerce.number(),
  may_use: z.boolean(),
})

// Whoever may not see a session sees no TLS of it; the own one is always shown.
const asked = `SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS shown,
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
  current_setting('synchronous_commit') AS commits, current_setting('synchronous_standby_names') AS standbys,
  current_setting('max_connections') AS connections,
  (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now,
  coalesce(has_table_privilege(to_regclass('latchkey.holders'), 'SELECT'), false) AS may_use`

/** What an operator should know of the server; `direct` is how processes listen for each other. */
export const serverFacts = async (server: ClientConfig, direct: ClientConfig): Promise<ServerFacts> =>
  withClient(server, async (client) => {
    const before = Date.now()
    const found = read.parse((await client.query(asked)).rows[0])
    const { version, shown, encrypted, commits, standbys, connections, now } = found
    const ahead = now - (before + Date.now()) / 2
    return {
      ...{ version: shown, isTooOld: version < oldest * 10_000, isEncrypted: encrypted, connections, ahead },
      ...{ waitsForDisk: commits !== 'off', standbys: commits === 'local' ? '' : standbys },
      isInUse: found.may_use && (await client.query(holders, [now])).rowCount !== 0,
      isHeard: await withClient(direct, (ear) => hears(ear, client)).catch(() => false),
    }
  })

const holders = 'SELECT FROM latchkey.holders WHERE until > $1 LIMIT 1'

/** The oldest PostgreSQL that has all that statements use. The tests ran on 15. */
const oldest = 14
const patience = 2_000 // milliseconds

/** Whether what one connection tells arrives at another one. A pooler of transactions delivers nothing. */
const hears = async (ear: Client, mouth: Client): Promise<boolean> => {
  const channel = `latchkey_doctor_${process.pid}`
  const heard = new Promise<boolean>((resolve) => ear.once('notification', () => resolve(true)))
  await ear.query(`LISTEN ${channel}`)
  await mouth.query('SELECT pg_notify($1, $2)', [channel, ''])
  return Promise.race([heard, delay(patience, false, { ref: false })])
}
