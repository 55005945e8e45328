import { z } from 'zod'
import { wayKinds } from '../../../domain/credential.ts'
import { Item, Lent, Limit, Moment, name, pageOf, Words } from './common.ts'
import { RequestCursor } from './cursor.ts'
import { Login, Workload } from './workloads.ts'

const Usage = name(
  'Usage',
  z.object({
    address: z.string(),
    namespace: z.string().optional(),
    commands: z.array(z.string()).meta({ description: 'To type after the login; no credential is in them.' }),
    ways: z
      .array(z.object({ kind: z.enum(wayKinds), title: z.string(), text: z.string() }))
      .meta({ description: 'Each way to use it, for exactly what it opens; no credential is in the texts.' }),
    outlasts: z.array(z.string()).optional().meta({ description: 'What goes on after the end of the access.' }),
    login: Login.optional().meta({ description: 'How the workload logs in; absent where a person uses it.' }),
  }),
)

const Used = name(
  'Used',
  z.object({
    times: z.int(),
    refused: z.int().meta({ description: 'Attempts that the vault refused.' }),
    last: Moment.optional(),
    addresses: z.array(z.string()),
    incomplete: z
      .array(z.object({ from: Moment, to: Moment.optional() }))
      .optional()
      .meta({ description: 'Within these times more may have happened.' }),
    receipts: z.array(
      z.object({
        ...{ path: z.string(), operation: z.string(), outcome: z.enum(['allowed', 'refused']), count: z.int() },
        ...{ first: Moment, last: Moment, addresses: z.array(z.string()) },
      }),
    ),
  }),
)

/** The access of an approved request. */
export const Grant = name(
  'Grant',
  z.object({
    id: z.string(),
    request: z.string(),
    vault: z.string(),
    state: z.enum(['provisioning', 'active', 'revoking', 'ended']),
    items: z.array(Item),
    since: Moment.optional(),
    expiresAt: Moment.optional(),
    endedAt: Moment.optional(),
    because: z.string().optional().meta({ description: 'Why it ends or ended.' }),
    proof: z
      .object({ means: z.string(), at: Moment, milliseconds: z.int() })
      .optional()
      .meta({ description: 'How the end was proved at the vault.' }),
    trouble: z
      .object({ code: z.string(), since: Moment })
      .optional()
      .meta({ description: 'Why its next step does not succeed.' }),
    workload: Workload.optional().meta({ description: 'Who uses it instead of its requester.' }),
    lent: Lent.optional().meta({ description: 'Where Latchkey only lends policies: which ones.' }),
    used: Used.optional().meta({
      description: 'What the audit log of its vault says was done; absent where nobody reads it.',
    }),
    usage: Usage.optional().meta({ description: 'Absent while its vault is not configured.' }),
  }),
)
export type Grant = z.input<typeof Grant>
export const GrantPage = pageOf('GrantPage', Grant)

export const GrantQuery = z.strictObject({
  which: z
    .enum(['mine', 'ended'], 'write “mine” for live access, or “ended”')
    .default('mine')
    .meta({ description: '`mine`: your access that has not ended. `ended`: your earlier access.' }),
  cursor: RequestCursor.optional(),
  limit: Limit,
})

export const EndWish = z.strictObject({
  note: Words.optional().meta({ description: 'Why; needed for the access of somebody else.' }),
})
