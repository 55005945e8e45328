import type { Call } from './call.ts'
import { audit } from './calls/audit.ts'
import { controlGroups } from './calls/control-groups.ts'
import { grants } from './calls/grants.ts'
import { links } from './calls/links.ts'
import { operator } from './calls/operator.ts'
import { people } from './calls/people.ts'
import { requests } from './calls/requests.ts'
import { resources } from './calls/resources.ts'

/** Every call of the API. */
export const calls: readonly Call[] = [
  ...people,
  ...resources,
  ...requests,
  ...grants,
  ...links,
  ...controlGroups,
  ...audit,
  ...operator,
]
