import type { Needed } from '../domain/operator-role.ts'
import type { Verb } from './protocol.ts'

const looking: Needed = ['read', 'operate']
const operating: Needed = ['operate']
const auditing: Needed = ['audit']

/** The roles that each verb needs, any one of them; a verb without an entry does not compile. */
export const rolesFor = {
  status: ['read', 'operate', 'audit'],
  operators: ['read', 'operate', 'audit'],
  requests: looking,
  grants: looking,
  look: looking,
  held: looking,
  sessions: looking,
  connectors: looking,
  revoke: operating,
  'revoke-all': operating,
  'confirm-removals': operating,
  'end-session': operating,
  'try-chat': operating,
  trial: operating,
  'end-trial': operating,
  'replay-events': operating,
  erase: operating,
  'invite-connector': operating,
  'revoke-connector': operating,
  'export-audit': auditing,
  'verify-audit': auditing,
} as const satisfies { readonly [Name in Verb['verb']]: Needed }

/** Whether a verb changes something: then a person's sign-in must be fresh. */
export const isChange = (verb: Verb['verb']): boolean => rolesFor[verb] === operating
