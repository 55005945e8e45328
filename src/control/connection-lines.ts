import { z } from 'zod'

const moment = z.int()

/** A session of a terminal or browser. */
export const SessionLine = z.object({
  ...{ id: z.string(), person: z.string(), kind: z.enum(['terminal', 'browser']), rights: z.enum(['own', 'all']) },
  ...{ label: z.string(), address: z.string(), openedAt: moment, usedAt: moment, expiresAt: moment },
})
export type SessionLine = z.infer<typeof SessionLine>

/** A remote connector. */
export const ConnectorLine = z.object({
  ...{ id: z.string(), integration: z.string(), key: z.string(), joinedAt: moment, address: z.string() },
  ...{ isConnected: z.boolean(), revokedAt: moment.optional(), revokedBy: z.string().optional() },
})
export type ConnectorLine = z.infer<typeof ConnectorLine>
