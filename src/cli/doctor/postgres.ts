import { type Finding, missing, ok, optional, skewOf } from '../../findings.ts'
import type { ServerFacts } from '../../ports.ts'
import type { StorePlace } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'

const what = 'database server'
const perProcess = 12 // connections of one process at most: its pool, one that listens, one that looks

/** Describes the server of the database, where there is one. */
export const serverFindings = async (place: StorePlace): Promise<readonly Finding[]> => {
  const { facts, name } = storeAt(place)
  if (!facts) return []
  const isHere = typeof place === 'object' && place.server.tls === undefined
  const hasDirect = typeof place === 'object' && place.direct !== undefined
  return await facts().then(
    (found) => findingsIn(found, { name, isHere, hasDirect }),
    () => [], // the finding about the database says why
  )
}

type Way = { readonly name: string; readonly isHere: boolean; readonly hasDirect: boolean }

const findingsIn = (found: ServerFacts, { name, isHere, hasDirect }: Way): readonly Finding[] => {
  const { version, isTooOld, isEncrypted, isHeard, ahead, waitsForDisk, standbys, connections } = found
  return [
    isTooOld
      ? missing(what, `PostgreSQL ${version} at ${name} is too old`, 'use PostgreSQL 14 or newer')
      : ok(what, `PostgreSQL ${version} at ${name}, ${isEncrypted ? 'with TLS' : wayWithout(isHere)}`),
    isHeard
      ? ok('database news', `processes hear of each other at once${hasDirect ? ', by the direct address' : ''}`)
      : optional(
          'database news',
          'a pooler of transactions keeps notifications back, so processes look for news each second',
          'set DATABASE_DIRECT_URL to an address past the pooler',
        ),
    skewOf('database clock', -ahead / 1000),
    waitsForDisk
      ? ok('database commits', standbys === '' ? 'wait for its disk' : `wait for its disk and for ${standbys}`)
      : missing(
          'database commits',
          'synchronous_commit is off: a power cut loses approvals that were shown',
          'take synchronous_commit = off away for this database and role',
        ),
    ...(waitsForDisk && standbys === ''
      ? [
          optional(
            'database standby',
            'no commit waits for a standby: a failover may lose the last ones, and counts as a restore',
            'set synchronous_standby_names; src/store/README.md says what each choice costs',
          ),
        ]
      : []),
    ...(connections < 2 * perProcess
      ? [
          optional(
            'database connections',
            `max_connections is ${connections}; a process takes up to ${perProcess}`,
            'raise it, or put a pooler between',
          ),
        ]
      : []),
  ]
}

/** Only on this machine may the address do without TLS; a pooler there may use it on its own way. */
const wayWithout = (isHere: boolean): string =>
  isHere ? 'on this machine without TLS' : 'without TLS from the pooler on'
