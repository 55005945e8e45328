import { z } from 'zod'
import { name, Person } from './common.ts'

const Vault = name(
  'Vault',
  z.object({
    id: z.string().meta({ description: 'What `vault` of a request and of a search names.' }),
    name: z.string(),
    flavour: z.enum(['openbao', 'vault']).optional().meta({ description: 'Absent until the vault has answered once.' }),
    address: z.string(),
    namespace: z.string().optional(),
    mounts: z.array(z.string()).meta({ description: 'The mounts on offer, each ending in `/`.' }),
    durations: z.array(z.int()).meta({ description: 'The lengths on offer, in seconds.' }),
    commandHint: z.string().meta({ description: 'The program with which people use it.' }),
  }),
)

/** Who calls, and from which vaults they may request. */
export const Me = name(
  'Me',
  z.object({
    person: Person,
    rights: z.enum(['own', 'all']),
    session: z.string().optional().meta({ description: 'Absent with an access token of the issuer.' }),
    vaults: z.array(Vault),
  }),
)
