import type { Config } from '../../config/read.ts'
import { type Finding, missing, ok, unknown } from '../../findings.ts'
import type { StorePlace } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'
import { type Health, healthOf, ownAddress, waitingAt } from '../health/ask.ts'

const limit = 5_000 // milliseconds

/** Checks that the server of this database runs here, and that its public address leads to it. */
export const webFindings = async ({ listen, link, database }: Config): Promise<readonly Finding[]> => {
  const local = ownAddress(listen)
  const own = await instanceIn(database)
  const server = serverFinding(local, await healthOf(local, limit), own)
  if (server.state !== 'ok')
    return [server, unknown('link.baseUrl', `${link.baseUrl}: cannot be checked while the server does not run here`)]
  return [server, ...(await readyFindings(local)), await linkFinding(link.baseUrl, local, own)]
}

/** What the running server waits for: it may fail where this command, which begins anew, does not. */
const readyFindings = async (local: string): Promise<readonly Finding[]> => {
  const waitingFor = await waitingAt(local, limit)
  if (waitingFor.length === 0) return []
  const remedy = 'its log says why; if nothing else is wrong here, restart it'
  return [missing('server: ready', `it waits for ${waitingFor.join(', ')}`, remedy)]
}

const linkFinding = async (baseUrl: string, local: string, own: string | undefined): Promise<Finding> => {
  const outside = await healthOf(baseUrl, limit)
  const remedy = `point it (or the proxy behind it) to ${local}`
  if (outside.by !== 'latchkey') return missing('link.baseUrl', `${baseUrl}: ${outside.why}`, remedy)
  if (isAnother(outside, own)) return missing('link.baseUrl', `${baseUrl} leads to ${otherText(outside)}`, remedy)
  return ok('link.baseUrl', `${baseUrl} leads to it`)
}

type Answer = Extract<Health, { by: 'latchkey' }>

const serverFinding = (local: string, here: Health, own: string | undefined): Finding => {
  if (here.by === 'nobody') return unknown('server', `does not run here (${local}: ${here.why})`)
  const remedy = 'set listen.port to a free one, and point the proxy there'
  if (here.by === 'other') return missing('server', `another program answers at ${local}: ${here.why}`, remedy)
  if (isAnother(here, own)) return missing('server', `${otherText(here)} answers at ${local}`, remedy)
  return ok('server', `runs at ${local}`)
}

/** An answer without an id is of an older version, which cannot be told apart. */
const isAnother = ({ instance }: Answer, own: string | undefined): boolean => instance !== undefined && instance !== own

const otherText = ({ instance }: Answer): string =>
  `another Latchkey (instance ${instance}), which has another database,`

/** The id in the database; `undefined` before its first server. Another finding says why it cannot be read. */
const instanceIn = async (place: StorePlace): Promise<string | undefined> => {
  try {
    const database = storeAt(place)
    if (!(await database.exists())) return undefined
    const reader = await database.read()
    return await reader.instance().finally(reader.close)
  } catch {
    return undefined
  }
}
