import { type Api, openApi } from '../api/client.ts'
import type { AccessRequest, Me, Page, Resource } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { awaitRequest, since } from '../grants/await-request.ts'
import { logInTo } from '../grants/log-in.ts'
import { oneLine, secondsOf } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { isAlive } from '../vault/calls.ts'

export type WaitOptions = { readonly wait: boolean; readonly timeout?: string; readonly json?: boolean }
type Options = WaitOptions & {
  readonly vaultId?: string
  readonly permission?: string
  readonly for?: string
  readonly reason?: string
  readonly others?: string
  readonly allOrNothing?: boolean
  readonly job?: boolean
  readonly again?: string
}

export const request = async (context: Context, resources: readonly string[], options: Options): Promise<void> => {
  const api = await openApi(context.safe)
  const start = Date.now()
  const found = options.again
    ? await api.call<AccessRequest>('GET', `/requests/${encodeURIComponent(options.again)}`)
    : await submit(api, resources, options)
  await seeThrough(context, api, found, options, start)
}

const submit = async (api: Api, resources: readonly string[], options: Options): Promise<AccessRequest> => {
  const { permission, reason } = options
  if (resources.length === 0) throw new CliError('name what you need, such as kv/apps/db', exitCodes.usage)
  const duration = options.for ?? ''
  if (!secondsOf(duration)) throw new CliError('say how long, such as --for 2h', exitCodes.usage)
  if (!reason) throw new CliError('say why: --reason "…"', exitCodes.usage)
  const vault = await vaultNamed(api, options.vaultId, resources)
  const items = await Promise.all(resources.map((path) => itemFor(api, vault, path, permission)))
  const body = {
    ...{ vault, items, duration, reason },
    ...(options.others !== undefined && { others: options.others }),
    ...(options.allOrNothing && { allOrNothing: true }),
    ...(options.job && { workload: { kind: 'job' } }),
  }
  return api.call('POST', '/requests', { body, headers: { 'idempotency-key': crypto.randomUUID() } })
}

/** The id of the vault that is meant; where none is named, the only one, or the only one with such a mount. */
const vaultNamed = async (api: Api, named: string | undefined, resources: readonly string[]): Promise<string> => {
  const { vaults } = await api.call<Me>('GET', '/me')
  const fits = vaults.filter(({ id, name, mounts = [] }) =>
    named === undefined
      ? vaults.length === 1 || mounts.some((mount) => resources.every((path) => path.startsWith(mount)))
      : id === named || name === named,
  )
  const [only, ...others] = fits
  if (only && others.length === 0) return only.id
  const list = vaults.map(({ id }) => id).join(', ') || 'none'
  if (named !== undefined) throw new CliError(`there is no vault ${named}; yours are: ${list}`, exitCodes.notFound)
  throw new CliError(`name the vault with --vault-id; yours are: ${list}`, exitCodes.usage)
}

/** One permission may be left out where the resource has only one. */
const itemFor = async (api: Api, vault: string, path: string, permission: string | undefined) => {
  if (permission !== undefined) return { path, permission }
  const query = new URLSearchParams({ vault, text: path, limit: '50' })
  const { items } = await api.call<Page<Resource>>('GET', `/resources?${query}`)
  const [only, ...others] = items.filter((one) => one.path === path).flatMap(({ permissions }) => permissions)
  if (only !== undefined && others.length === 0) return { path, permission: only }
  const choices = only === undefined ? '' : `; ${path} has ${[only, ...others].join(', ')}`
  throw new CliError(`name the permission with --permission${choices}`, exitCodes.usage)
}

/** Follows a request from its submission to a token that works, as far as the person wants. */
export const seeThrough = async (
  context: Context,
  api: Api,
  first: AccessRequest,
  options: WaitOptions,
  start: number,
): Promise<void> => {
  const { io, safe } = context
  if (!options.wait) return io.say(options.json ? JSON.stringify(first) : `Request ${first.id} waits for a decision.`)
  io.note(`Request ${first.id}.`)
  for (const sentence of first.outlasts ?? []) io.note(oneLine(sentence))
  const patience = options.timeout === undefined ? undefined : secondsOf(options.timeout)
  if (options.timeout !== undefined && !patience)
    throw new CliError('--timeout needs a length such as 10m', exitCodes.usage)
  const request = await awaitRequest(api, first, io, patience)
  const grant = request.grant
  if (!grant) throw new CliError('the approved request has no access')
  const credential = await logInTo(grant.id, { api, safe, io })
  if (!(await isAlive(credential))) throw new CliError('the vault does not accept the new token', exitCodes.refused)
  if (options.json) return io.say(JSON.stringify(request))
  io.say(`Access ${grant.id} works, ${since(start)} after you asked.`)
}
