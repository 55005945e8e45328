import { z } from 'zod'
import { powers } from '../domain/power.ts'

const moment = z.int()

/** What a vault has given up ending. */
const StuckLine = z.object({
  lease: z.string(),
  path: z.string(),
  reason: z.string(),
  command: z.string(),
  since: moment,
})

/** One integration in the status. */
export const IntegrationLine = z.object({
  integration: z.string(),
  /** What a thief of its credentials could do; absent in answers of older servers. */
  power: z.enum(powers).optional(),
  trouble: z.object({ since: moment, code: z.string() }).optional(),
  away: z.array(z.object({ place: z.string(), code: z.string(), since: moment })),
  stuck: z.array(StuckLine).default([]),
  /** Until when the vault's own audit log was read; absent where nobody reads it. */
  auditLog: z.object({ readTo: moment.optional(), isBroken: z.boolean() }).optional(),
  pending: z.int(),
  provisioning: z.int(),
  active: z.int(),
  revoking: z.int(),
  overdue: z.int(),
})
export type IntegrationStatus = z.infer<typeof IntegrationLine>
