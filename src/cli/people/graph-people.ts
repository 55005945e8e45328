import { z } from 'zod'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { causeOf } from '../../findings.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { secretOf } from './from-environment.ts'
import type { Member } from './people-text.ts'

/** The way to Microsoft Graph. */
export type Graph = { readonly token: Secret; readonly base: URL; readonly way: typeof fetch }

/** The tenant of a token, and every account in it. */
export type TenantPeople = { readonly tenant: string; readonly members: readonly Member[] }

const text = z.string().nullish()
const user = z.object({
  id: z.guid().toLowerCase(),
  displayName: text,
  userPrincipalName: text,
  mail: text,
  accountEnabled: z.boolean().nullish(),
  userType: text,
})
type User = z.infer<typeof user>
const page = z.object({ value: z.array(user), '@odata.nextLink': z.string().optional() })

const fields = 'id,displayName,userPrincipalName,mail,accountEnabled,userType'
/** More accounts than any tenant has. */
const mostPages = 5_000

/** Reads every page of the users of the token's tenant. */
export const readTenant = async (graph: Graph): Promise<TenantPeople> => {
  const tenant = tenantOf(graph.token)
  const users: User[] = []
  let next: URL | undefined = new URL(`users?$select=${fields}&$top=999`, graph.base)
  for (let pages = 0; next && pages < mostPages; pages += 1) {
    const found = await pageAt(next, graph)
    users.push(...found.value)
    next = nextPage(found['@odata.nextLink'], graph)
  }
  return { tenant, members: users.map((one) => memberOf(one, tenant)) }
}

const memberOf = (one: User, tenant: string): Member => {
  if (typeof one.accountEnabled !== 'boolean')
    throw new CliError('Graph does not say which accounts are enabled: the token needs User.Read.All')
  const name = one.displayName || one.userPrincipalName || one.id
  return {
    identity: `${tenant}/${one.id}`,
    handle: one.userPrincipalName?.split('@')[0] || name,
    name,
    ...(isAddress(one.mail) && { email: one.mail }),
    ...(one.userType?.toLowerCase() === 'guest' && { leftOut: 'guest' as const }),
    ...(!one.accountEnabled && { leftOut: 'deactivated' as const }),
  }
}

/** The people file refuses an address that is none, and Entra holds whatever was written there. */
export const isAddress = (mail: unknown): mail is string => z.email().safeParse(mail).success

/** The token goes nowhere else, whatever an answer says. */
const nextPage = (link: string | undefined, { base }: Graph): URL | undefined => {
  if (link === undefined) return undefined
  const next = URL.canParse(link) ? new URL(link) : undefined
  if (next?.origin === base.origin) return next
  throw new CliError('Graph names a next page at another address, so the list is not complete: nothing was printed')
}

const longestPause = 60

const pageAt = async (address: URL, { token, way }: Graph): Promise<z.infer<typeof page>> => {
  for (let tries = 1; ; tries += 1) {
    const response = await way(address, {
      headers: { authorization: `Bearer ${token.reveal()}` },
      redirect: 'error',
      signal: AbortSignal.timeout(20_000),
    }).catch((error: unknown) => {
      throw new CliError(`Graph cannot be asked: ${causeOf(error)}; check the network, and HTTPS_PROXY`)
    })
    const pause = Number(response.headers.get('retry-after') ?? Number.NaN)
    if (response.status === 429 && tries < 4 && pause <= longestPause) {
      await response.body?.cancel()
      await new Promise((resolve) => setTimeout(resolve, pause * 1000))
      continue
    }
    const body: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw new CliError(refusal(response.status, body))
    const found = page.safeParse(body)
    if (!found.success) throw new CliError('Graph answers with something else than a list of users')
    return found.data
  }
}

const failed = z.object({ error: z.object({ code: z.string().regex(/^\w{1,80}$/) }) })
const refusal = (status: number, body: unknown): string => {
  const code = failed.safeParse(body).data?.error.code ?? `HTTP ${status}`
  if (status === 401) return `Graph refuses the token (${code}): it has expired, or is not for Graph`
  if (status === 403) return `Graph refuses the list of users (${code}): the token needs User.Read.All`
  return `Graph does not list the users: ${code}`
}

const claims = z.object({ tid: z.guid().toLowerCase() })

/** Graph answers for the token's tenant, so that is the tenant of every account. */
const tenantOf = (token: Secret): string => {
  const [, middle = ''] = token.reveal().split('.')
  try {
    return claims.parse(JSON.parse(Buffer.from(middle, 'base64url').toString('utf8'))).tid
  } catch {
    throw usageError('GRAPH_TOKEN: this is no access token of Entra for Graph, as it names no tenant')
  }
}

/** The token of the environment. */
export const graphToken = (io: Pick<Io, 'environment'>): Secret =>
  secret(secretOf(io, 'GRAPH_TOKEN', 'an access token for Microsoft Graph with User.Read.All'))

const hosts = ['graph.microsoft.com', 'graph.microsoft.us', 'dod-graph.microsoft.us']

/** The address of Graph: Microsoft's own in one of its clouds, or a simulated one on this machine. */
export const graphAddress = (given = 'https://graph.microsoft.com/v1.0/'): URL => {
  const fault = addressFault(given)
  if (fault !== undefined) throw usageError(`--api-url: ${fault}`)
  const address = new URL(given.endsWith('/') ? given : `${given}/`)
  const isMicrosofts = address.protocol === 'https:' && hosts.includes(address.host)
  if (isMicrosofts || isOwnAddress(given)) return address
  throw usageError('--api-url: the token may go only to Microsoft Graph or to this machine')
}
