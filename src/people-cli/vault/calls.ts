import { type Answer, send } from '../http.ts'
import type { Credential } from '../safe/content.ts'
import { CliError, exitCodes } from '../trouble.ts'

/** Where a call goes and whose right it uses. */
export type Access = Pick<Credential, 'address' | 'namespace' | 'token'>

/** The vault said no: to this call, or to the token altogether. */
export class Forbidden extends CliError {
  constructor(what: string) {
    super(`the vault refused this: permission denied on ${what}`, exitCodes.refused)
  }
}

const mostRedirects = 3

/**
 * One call to the vault. `path` is made of segments, which are encoded here. Answers 200, 204 and 404; the rest throws.
 * A standby that points to the active server is followed, but never from HTTPS to plain HTTP.
 */
export const askVault = async (
  { address, namespace, token }: Access,
  method: string,
  path: string,
  { query = '', body }: { readonly query?: string; readonly body?: unknown } = {},
): Promise<Answer> => {
  const base = new URL(address)
  let origin = base.origin
  let target = `${base.pathname.replace(/\/$/, '')}/v1/${encoded(path)}${query}`
  const headers = {
    ...{ ...(token !== '' && { 'x-vault-token': token }), 'x-vault-request': 'true' },
    ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
  }
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send({ origin, path: target, method, headers, body })
    const { status, headers: given } = answer
    if ((status === 307 || status === 308) && given.location && redirects < mostRedirects) {
      const next = new URL(given.location, origin)
      if (origin.startsWith('https:') && next.protocol !== 'https:')
        throw new CliError(`${origin} points to ${next.origin}, which is not safe`)
      origin = next.origin
      target = `${next.pathname}${next.search}`
      continue
    }
    if (status === 200) refuseHeldBack(answer.json, path)
    if (status === 200 || status === 204 || status === 404) return answer
    throw failureOf(status, answer.json, path, origin)
  }
}

/** A policy of the vault may want a control group first: then the answer is a wrapping token, and nothing else. */
const refuseHeldBack = (json: unknown, path: string): void => {
  if (textAt(json, 'wrap_info', 'accessor') === undefined) return
  throw new CliError(`the vault holds ${path} back until a control group authorises it`, exitCodes.refused, [
    'Do it with the vault’s own program, and keep its answer: bao … -format=json > wrapped.json',
    'Then "latchkey control-group report --wait < wrapped.json" asks the members.',
  ])
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

const failureOf = (status: number, json: unknown, path: string, origin: string): CliError => {
  const { errors = [] } = (json ?? {}) as { readonly errors?: readonly string[] }
  const words = errors.join('; ').trim()
  if (status === 403) return new Forbidden(path)
  if (status === 400 && /check-and-set/.test(words)) {
    return new CliError('somebody else changed the secret meanwhile', exitCodes.conflict)
  }
  if (status === 503) return new CliError(`the vault at ${origin} is sealed or out of order`, exitCodes.away)
  if (status >= 500 || status === 429 || status === 472 || status === 473) {
    return new CliError(`the vault at ${origin} does not work: ${words || `status ${status}`}`, exitCodes.away)
  }
  return new CliError(`the vault answered with ${status}: ${words || 'no reason'}`)
}

/** Whether the vault still knows the token. */
export const isAlive = async (access: Access): Promise<boolean> => {
  try {
    return (await askVault(access, 'GET', 'auth/token/lookup-self')).status === 200
  } catch (error) {
    if (error instanceof Forbidden) return false
    throw error
  }
}

/** Uses a wrapping token up, and returns the token that is in it. */
export const unwrap = async (address: string, namespace: string | undefined, wrapping: string): Promise<string> => {
  const json = await unwrapped(address, namespace, wrapping)
  const token = textAt(json, 'auth', 'client_token') ?? textAt(json, 'data', 'token')
  if (!token) throw new CliError('the wrapping token contains no token')
  return token
}

/** The login of a job: unwraps its secret_id, and logs in with it. */
export const logInByAppRole = async (
  address: string,
  namespace: string | undefined,
  wrapping: string,
  { roleId, mount }: { readonly roleId: string; readonly mount: string },
): Promise<string> => {
  const secretId = textAt(await unwrapped(address, namespace, wrapping), 'data', 'secret_id')
  if (!secretId) throw new CliError('the wrapping token contains no secret_id')
  const access = { address, token: '', ...(namespace !== undefined && { namespace }) }
  const body = { role_id: roleId, secret_id: secretId }
  const { json } = await askVault(access, 'POST', `auth/${mount}/login`, { body })
  const token = textAt(json, 'auth', 'client_token')
  if (!token) throw new CliError('the vault does not let this job in', exitCodes.refused)
  return token
}

/** The text under these names in an answer, if it has that. */
const textAt = (json: unknown, ...names: readonly string[]): string | undefined => {
  const inner = names.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([key]) => key === name)?.[1]
        : undefined,
    json,
  )
  return typeof inner === 'string' ? inner : undefined
}

const unwrapped = async (address: string, namespace: string | undefined, wrapping: string): Promise<unknown> => {
  const access = { address, token: wrapping, ...(namespace !== undefined && { namespace }) }
  const { json } = await askVault(access, 'POST', 'sys/wrapping/unwrap').catch((error) => {
    if (error instanceof CliError && error.exitCode === exitCodes.away) throw error
    throw new CliError('the vault does not accept the wrapping token', exitCodes.refused, [
      'Either its few minutes are over, or somebody else has used it. In that case end the access at once.',
    ])
  })
  return json
}

/** The KV version 2 mount in which a path lies, as the vault says; `undefined` where it does not say. */
export const mountOf = async (access: Access, path: string): Promise<string | undefined> => {
  try {
    const { json } = await askVault(access, 'GET', `sys/internal/ui/mounts/${path}`)
    return textAt(json, 'data', 'path')?.replace(/\/$/, '')
  } catch (error) {
    if (error instanceof Forbidden) return undefined
    throw error
  }
}
