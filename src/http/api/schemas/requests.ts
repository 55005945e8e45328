import { z } from 'zod'
import { resourceId } from '../../../domain/ids.ts'
import { Id, Item, Length, Lent, Limit, Moment, name, Person, pageOf, VaultName, Words } from './common.ts'
import { RequestCursor } from './cursor.ts'
import { Grant } from './grants.ts'
import { Workload, WorkloadWish } from './workloads.ts'

const positions = z.array(z.int()).meta({ description: 'Positions in `items`, from 0.' })

/** A wish for access, with its decisions and its grant. */
export const Request = name(
  'Request',
  z.object({
    id: z.string(),
    state: z.enum(['pending', 'approved', 'denied', 'cancelled', 'expired']),
    vault: z.string(),
    requester: Person,
    items: z.array(Item),
    outlasts: z
      .array(z.string())
      .optional()
      .meta({ description: 'What of these items goes on after the end of the access. Read it before an approval.' }),
    reason: z.string(),
    duration: z.int().meta({ description: 'In seconds.' }),
    submittedAt: Moment,
    decideBy: Moment.optional().meta({ description: 'Only while it is pending.' }),
    revision: z.int().meta({ description: 'Grows with each change of the request and its grant.' }),
    waitsFor: z
      .array(z.object({ owners: z.array(z.string()), items: positions }))
      .meta({ description: 'Who still has to decide, and on which items.' }),
    decisions: z.array(
      z.object({
        by: Person,
        verdict: z.enum(['approve', 'deny']),
        note: z.string().optional(),
        duration: z.int().optional().meta({ description: 'The approved length in seconds, where it is shorter.' }),
        at: Moment,
      }),
    ),
    run: z
      .object({ issuer: z.string(), claims: z.array(z.object({ name: z.string(), value: z.string() })) })
      .optional()
      .meta({ description: 'The run of the pipeline that asked, by the words of its CI system.' }),
    workload: Workload.optional().meta({ description: 'Who uses it instead of its requester.' }),
    lent: Lent.optional().meta({ description: 'Where Latchkey only lends policies: which ones.' }),
    extends: z.string().optional().meta({ description: 'The access that it is to follow.' }),
    grant: Grant.optional(),
    timeline: z
      .array(z.object({ at: Moment, text: z.string(), note: z.string().optional() }))
      .optional()
      .meta({ description: 'What happened so far, oldest first. Only where one request is read.' }),
    plan: z.object({ document: z.string(), hash: z.string(), items: positions }).optional().meta({
      description:
        'For whoever may decide now: the exact policy of their items. Send `items` and `hash` back as `seen`.',
    }),
  }),
)
export type Request = z.input<typeof Request>
export const RequestPage = pageOf('RequestPage', Request)

const permission = z.string().min(1).max(100).meta({ description: 'As the resource lists it, such as `read`.' })

export const Wish = z.strictObject({
  vault: VaultName,
  items: z
    .array(
      z.union(
        [
          z.strictObject({
            path: z.string().min(1).max(2000).meta({ description: 'Complete, mount first.' }),
            type: z.string().min(1).max(40).optional(),
            permission,
          }),
          z.strictObject({ resource: Id.transform(resourceId), permission }),
        ],
        'name an item by its path, or by its resource; with a permission, and nothing else',
      ),
    )
    .min(1, 'name at least one item')
    .max(50, 'name fewer items')
    .meta({ description: 'All of one vault, at most ten.' }),
  duration: Length,
  reason: Words,
  others: z.enum(['leave-out', 'ask'], 'write “leave-out” or “ask”').default('leave-out').meta({
    description:
      'What becomes of secrets of other owners beneath a requested folder: they are left out, or their owners are asked.',
  }),
  workload: WorkloadWish.optional(),
  allOrNothing: z.boolean().default(false).meta({ description: 'One denial denies the whole request.' }),
})

export const Extension = z.strictObject({ duration: Length, reason: Words })

export const RequestQuery = z.strictObject({
  which: z
    .enum(['mine', 'waiting'], 'write “mine”, or “waiting” for those that you may decide on')
    .default('mine')
    .meta({ description: '`mine`: what you asked for. `waiting`: what waits for your decision.' }),
  cursor: RequestCursor.optional(),
  limit: Limit,
})

export const WaitQuery = z.strictObject({
  wait: z
    .int()
    .min(0)
    .max(25)
    .default(0)
    .meta({ description: 'Wait this many seconds for a change; the answer comes earlier when there is one.' }),
  revision: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .optional()
    .meta({ description: 'The revision that you know; by default the present one.' }),
})

export const Judgement = z.strictObject({
  verdict: z.enum(['approve', 'deny'], 'write “approve” or “deny”'),
  note: Words.optional().meta({ description: 'Needed for a denial; the requester reads it.' }),
  duration: Length.optional().meta({ description: 'A shorter length, for an approval.' }),
  seen: z
    .strictObject({
      items: z.array(z.int().min(0).max(100)).max(100),
      plan: z.string().max(200).optional(),
    })
    .optional()
    .meta({ description: '`items` and `hash` of the `plan` that you saw. Needed for a request with several items.' }),
})
