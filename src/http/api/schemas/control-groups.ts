import { z } from 'zod'
import { controlGroupStates } from '../../../domain/control-group.ts'
import { Moment, name, Person, pageOf, VaultName, Words } from './common.ts'

const Identity = z.object({
  id: z.string(),
  name: z.string().meta({ description: 'As the vault names it.' }),
})

/** A request at a vault that waits, or waited, for its control group. */
export const ControlGroup = name(
  'ControlGroup',
  z.object({
    id: z.string(),
    vault: z.string(),
    state: z
      .enum(controlGroupStates)
      .meta({ description: '`denying`: denied, and not ended at the vault yet. `gone`: the vault has lost it.' }),
    path: z.string().meta({ description: 'As the vault names it, such as `kv/data/apps/db`.' }),
    operation: z.string(),
    requester: Identity.extend({
      person: Person.optional().meta({ description: 'Where the identity is an account that Latchkey drew.' }),
    }),
    reporter: Person,
    reportedAt: Moment,
    expiresAt: Moment,
    groups: z.array(z.string()).meta({ description: 'The identity groups that decide there.' }),
    deciders: z.array(Person),
    mayDecide: z.boolean().meta({ description: 'Whether you may.' }),
    approvals: z.array(Identity.extend({ at: Moment })),
    denied: z.object({ by: Person, note: z.string(), at: Moment }).optional(),
    settledAt: Moment.optional(),
  }),
)
export type ControlGroup = z.input<typeof ControlGroup>
export const ControlGroups = pageOf('ControlGroups', ControlGroup)

export const Report = z.strictObject({
  accessor: z
    .string()
    .max(200)
    .meta({ description: '`wrap_info.accessor` of the vault’s answer, never the wrapping token.' }),
  vault: VaultName.optional(),
})

/** What a member runs. */
export const Authorisation = name(
  'Authorisation',
  z.object({
    commands: z.array(z.string()).meta({ description: 'Run these with your own token of the vault.' }),
    address: z.string(),
    namespace: z.string().optional(),
    accessor: z.string(),
  }),
)

export const Denial = z.strictObject({ note: Words.meta({ description: 'Why; the requester reads it.' }) })
