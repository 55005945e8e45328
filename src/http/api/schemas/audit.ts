import { z } from 'zod'
import { Moment, name } from './common.ts'

const Actor = name(
  'Actor',
  z.union([
    z.object({ kind: z.literal('person'), id: z.string() }),
    z.object({ kind: z.literal('system') }),
    z.object({ kind: z.literal('operator'), name: z.string() }),
    z.object({ kind: z.literal('stranger'), platform: z.string(), tenant: z.string(), subject: z.string() }),
  ]),
)

const about = { vault: z.string().optional(), request: z.string().optional(), grant: z.string().optional() }

const AuditRow = name(
  'AuditRow',
  z.object({
    sequence: z.int(),
    at: Moment,
    kind: z.string(),
    actor: Actor,
    ...about,
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    hash: z.string().meta({ description: 'The hash of this row and all before it.' }),
  }),
)

const next = z.int().meta({ description: 'The `after` of the next page; also when there is nothing new yet.' })

export const AuditPage = name('AuditPage', z.object({ items: z.array(AuditRow), next }))

/** An event has more fields by its type, which `src/observe/README.md` lists. */
const Event = name('Event', z.looseObject({ sequence: z.int(), at: Moment, type: z.string(), actor: Actor, ...about }))

export const EventPage = name('EventPage', z.object({ items: z.array(Event), next }))

export const AuditQuery = z.strictObject({
  after: z
    .int()
    .min(0)
    .max(9_000_000_000_000)
    .default(0)
    .meta({ description: 'Only what follows this sequence number.' }),
  limit: z.int().min(1).max(1000).default(100).meta({ description: 'The most rows to look at.' }),
})
