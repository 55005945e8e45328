import { z } from 'zod'
import { addressFault } from '../../domain/address.ts'
import { lengthOf } from '../../domain/length.ts'
import type { Seconds } from '../../domain/time.ts'
import { vaultParams } from '../vault/params.ts'
import { pathPattern } from '../vault/path-filter.ts'
import { isSafeServer } from './dial.ts'

const file = z.string().min(1)
const longest = z.string().transform((text, context): Seconds => {
  const length = lengthOf(text)
  if (length !== undefined && length > 0) return length
  context.addIssue({ code: 'custom', message: 'write a length such as 8h or 2d' })
  return z.NEVER
})

/** What no order may exceed, whatever the server asks for. */
export const limits = z.strictObject({
  /** Mounts, such as `kv`. */
  mounts: z.array(z.string().regex(/^[^/].*[^/]$|^[^/]$/, 'write a mount such as "kv"')).min(1),
  /** Patterns as in `include`, mount first. */
  paths: z.array(pathPattern).min(1),
  permissions: z.array(z.string().min(1)).min(1),
  /** From the first order of an access to its end. */
  longest,
})
export type Limits = z.output<typeof limits>

/** The connector's own file, beside the vault. The server cannot change it. */
export const connectorSettings = z.strictObject({
  /** The public address of the server. */
  server: z
    .string()
    .refine((text) => addressFault(text) === undefined, 'write an address such as https://latchkey.example.com')
    .refine(isSafeServer, 'use https (plain http is for this machine only)'),
  /** A folder that outlives the process: what it knows of live access, its log, its identity. */
  folder: file.default('connector'),
  /** Its own private key; by default in the folder. */
  key: file.optional(),
  /** CA certificates (PEM) besides the system's, for the server. */
  caFile: file.optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** As at the server, but with the real credentials. */
  vault: vaultParams.refine(({ credentials }) => credentials !== 'remote', {
    path: ['credentials'],
    error: 'write the real credentials here, such as { folder: … }',
  }),
  limits,
})
export type ConnectorSettings = z.output<typeof connectorSettings>

/** What a join leaves behind: who this connector is, and which server it serves. */
export const Identity = z.strictObject({
  ...{ connector: z.string().min(1), integration: z.string().min(1), instance: z.string().min(1) },
  serverKey: z.string().length(43),
})
export type Identity = z.infer<typeof Identity>
