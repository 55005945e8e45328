import { z } from 'zod'
import { operatorRoles } from '../domain/operator-role.ts'

const role = z.enum(operatorRoles)

/** Who holds a role today. */
const RoleLine = z.object({
  role,
  people: z.array(z.object({ id: z.string(), name: z.string() })),
  unixUsers: z.array(z.string()),
  /** Entries of the configuration that name nobody. */
  nobody: z.array(z.string()),
})
export type RoleLine = z.infer<typeof RoleLine>

/** The roles of operators, as far as they are configured; `own` are those of the asker. */
export const OperatorLines = z.object({
  isConfigured: z.boolean(),
  roles: z.array(RoleLine),
  you: z.string(),
  own: z.array(role),
})
export type OperatorLines = z.infer<typeof OperatorLines>

/** The head of the audit log, noted elsewhere. */
export const HeadLine = z.object({ sequence: z.int(), hash: z.string() })

const actor = z.union([
  z.object({ kind: z.literal('person'), id: z.string() }),
  z.object({ kind: z.literal('system') }),
  z.object({ kind: z.literal('operator'), name: z.string() }),
  z.object({ kind: z.literal('stranger'), platform: z.string(), tenant: z.string(), subject: z.string() }),
])

/** A part of the audit log, and where the log ended when it was read. */
export const AuditLines = z.object({
  rows: z.array(
    z.object({
      // In the order of the log's own export.
      ...{ sequence: z.int(), hash: z.string(), at: z.int(), kind: z.string(), actor },
      ...{ integration: z.string().optional(), request: z.string().optional(), grant: z.string().optional() },
      detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      words: z.record(z.string(), z.object({ hash: z.string(), salt: z.string().optional() })).optional(),
    }),
  ),
  head: HeadLine,
})
export type AuditLines = z.infer<typeof AuditLines>

/** Whether the whole log still proves itself. */
export const VerifyLine = z.object({
  ...{ rows: z.int(), head: HeadLine },
  firstBad: z
    .object({
      sequence: z.int(),
      fault: z.enum(['altered', 'missing', 'head-differs', 'not-as-known', 'words-missing']),
    })
    .optional(),
})
export type VerifyLine = z.infer<typeof VerifyLine>
