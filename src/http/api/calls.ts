import type { Call } from './call.ts'
import { grants } from './calls/grants.ts'
import { people } from './calls/people.ts'
import { requests } from './calls/requests.ts'
import { resources } from './calls/resources.ts'

/** Every call of the API. */
export const calls: readonly Call[] = [...people, ...resources, ...requests, ...grants]
