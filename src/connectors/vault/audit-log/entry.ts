import { z } from 'zod'
import { type Timestamp, timestamp } from '../../../domain/time.ts'
import type { AuditLine } from '../../../ports/audit-log.ts'
import type { VaultNames } from '../names.ts'

/** The fields that both products write in clear. All others are ignored, so a newer server can add some. */
const entry = z.object({
  time: z.string(),
  type: z.string(),
  error: z.string().optional(),
  auth: z
    .object({
      accessor: z.string().optional(),
      display_name: z.string().optional(),
      policies: z.array(z.string()).nullish(),
      token_policies: z.array(z.string()).nullish(),
      policy_results: z.object({ allowed: z.boolean().optional() }).optional(),
    })
    .nullish(),
  request: z
    .object({ path: z.string().optional(), operation: z.string().optional(), remote_address: z.string().optional() })
    .nullish(),
})

/** `other`: a sound line that tells nothing about our accesses. */
export type Read = { readonly at: Timestamp; readonly line?: AuditLine } | 'unreadable'

/**
 * Reads one line of the log. Only answers count: each request has one, also a refused one. A device may write a prefix
 * before the object.
 */
export const readEntry = (text: string, names: Pick<VaultNames, 'grantOf'>): Read => {
  const found = entry.safeParse(jsonIn(text))
  if (!found.success) return 'unreadable'
  const { time, type, error, auth, request } = found.data
  const at = momentOf(time)
  if (at === undefined) return 'unreadable'
  const { path, operation, remote_address: address } = request ?? {}
  if (type !== 'response' || !auth || path === undefined || operation === undefined || isNoUse(path)) return { at }
  const drawn = drawnIn(auth, names)
  if (!drawn) return { at }
  const isAllowed = auth.policy_results?.allowed ?? error === undefined
  return {
    at,
    line: {
      ...{ ...drawn, at, path: path.replace(/^\/+/, ''), operation, outcome: isAllowed ? 'allowed' : 'refused' },
      ...(address !== undefined && address !== '' && { address: address.slice(0, 64) }),
      ...(auth.accessor !== undefined && auth.accessor !== '' && { accessor: auth.accessor }),
    },
  }
}

/** The moment of a line, without the rest. */
export const momentIn = (text: string): Timestamp | undefined =>
  momentOf(/"time":"([^"]{10,40})"/.exec(text)?.[1] ?? '')

const jsonIn = (text: string): unknown => {
  const start = text.indexOf('{')
  if (start < 0) return undefined
  try {
    return JSON.parse(text.slice(start))
  } catch {
    return undefined
  }
}

const momentOf = (text: string): Timestamp | undefined => {
  const moment = Date.parse(text)
  return Number.isFinite(moment) ? timestamp(moment) : undefined
}

type Auth = NonNullable<z.output<typeof entry>['auth']>

const drawnIn = (
  { token_policies: own, policies, display_name: display }: Auth,
  names: Pick<VaultNames, 'grantOf'>,
): Pick<AuditLine, 'name' | 'grant' | 'by'> | undefined => {
  for (const name of [...(own ?? []), ...(policies ?? [])]) {
    const grant = names.grantOf(name)
    if (grant !== undefined) return { name, grant, by: 'policy' }
  }
  const name = display?.replace(/^token-/, '') ?? ''
  const grant = names.grantOf(name)
  return grant === undefined ? undefined : { name, grant, by: 'display-name' }
}

/**
 * What every token may do with itself, what the vault's command line and web pages ask by themselves, logins, and what
 * opens wrapped answers. It says nothing about a use, whether it was allowed or refused.
 */
const isNoUse = (path: string): boolean =>
  /^\/?(auth\/token\/(lookup|renew|revoke)-self$|sys\/(capabilities-self$|internal\/|wrapping\/|health$|seal-status$|leader$|license\/))/.test(
    path,
  ) || /^\/?auth\/.+\/login(\/|$)/.test(path)
