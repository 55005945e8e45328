import { type Api, callAnonymously, openApi } from '../api/client.ts'
import type { Grant, Redeemed } from '../api/types.ts'
import type { Io } from '../io.ts'
import { type Content, type Credential, turnedTo } from '../safe/content.ts'
import type { Safe } from '../safe/safe.ts'
import { serverAddress } from '../session/server.ts'
import { leftUntil, quoted } from '../text.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'
import { logInByAppRole, mountOf, unwrap } from '../vault/calls.ts'
import { isOfSecrets } from '../vault/rights.ts'

type Tools = {
  readonly api: Api | undefined
  readonly safe: Safe
  readonly io: Io
  /** `false` only prints the address of a sign-in. */
  readonly browser?: boolean
}

/** Logs in to the vault with a live access: asks for a one-time link of this session, and uses it up at once. */
export const logInTo = (grant: string, tools: Tools & { readonly api: Api }): Promise<Credential> =>
  freshly(tools, async (api) => {
    const { url } = await api.call<{ url: string }>('POST', `/grants/${encodeURIComponent(grant)}/link`)
    const answer = await api.call<Redeemed>('POST', '/links/redeem', { body: { link: url } })
    return redeemed(answer, api.server, { ...tools, api })
  })

/**
 * Redeems a link that a person was given. Without a session the link itself is the whole proof, where that is allowed. A
 * link never begins a sign-in at its server: whoever sent it could relay the code of a sign-in of their own.
 */
export const redeemLink = async (link: string, tools: Tools): Promise<Credential> => {
  const [server, body] = [serverOf(link), { link }]
  const { api } = tools
  if (api?.server === server) {
    return freshly({ ...tools, api }, async (current) => {
      const answer = await current.call<Redeemed>('POST', '/links/redeem', { body })
      return redeemed(answer, server, { ...tools, api: current })
    })
  }
  const answer = await callAnonymously<Redeemed>(server, 'POST', '/links/redeem', body).catch((error: unknown) => {
    throw needsSignIn(error) ? notSignedInAt(server) : error
  })
  return redeemed(answer, server, { ...tools, api: undefined })
}

const notSignedInAt = (server: string): CliError =>
  new CliError(`the Latchkey of this link wants you to sign in first: ${server}`, exitCodes.notSignedIn, [
    `If it is yours, run "latchkey sign-in --server ${quoted(server)}", then redeem the link.`,
  ])

const signInCodes: ReadonlySet<string> = new Set(['needs-sign-in', 'needs-fresh-sign-in', 'sign-in-needed'])
const needsSignIn = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 401 || signInCodes.has(error.code))

/** Signs in and tries once more, where Latchkey gives credentials only to whoever has just signed in. */
const freshly = async <T>(tools: Tools & { readonly api: Api }, work: (api: Api) => Promise<T>): Promise<T> => {
  const { api, safe, io, browser = true } = tools
  try {
    return await work(api)
  } catch (error) {
    if (!needsSignIn(error) || safe.run) throw error
    io.note('This is given only to whoever signs in now.')
    const { obtainSession } = await import('../session/obtain.ts')
    const { keepSession } = await import('../session/keep.ts')
    const session = await obtainSession(api.server, io, { code: false, browser })
    await keepSession(safe, api.server, session)
    return work(await openApi(safe))
  }
}

/** The server of a one-time link; the secret part of the link is in no message. */
export const serverOf = (link: string): string => {
  const url = URL.canParse(link) ? new URL(link) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliError('this is no link: copy the whole address, with https:// at its start', exitCodes.usage)
  }
  return serverAddress(url.origin)
}

const redeemed = async (answer: Redeemed, server: string, { api, safe, io }: Tools): Promise<Credential> => {
  const { wrappingToken, appRole, address, namespace, until, grant, vault: id } = answer
  const token = appRole
    ? await logInByAppRole(address, namespace, wrappingToken, appRole)
    : await unwrap(address, namespace, wrappingToken)
  const access = { address, token, ...(namespace !== undefined && { namespace }) }
  // The access itself says what it leaves out; the answer to a link does not.
  const items = api ? (await api.call<Grant>('GET', `/grants/${encodeURIComponent(grant)}`)).items : answer.items
  const paths = [...new Set(items.filter(isOfSecrets).map(({ path }) => path))]
  const mounts = await Promise.all(paths.map((path) => mountOf(access, path)))
  const credential: Credential = {
    ...{ grant, ...access, until: Date.parse(until), items, vault: { id, name: id } },
    mounts: [...new Set(mounts.filter((mount) => mount !== undefined))],
  }
  await keep(safe, server, credential)
  io.note(`Logged in to ${id}; your access ends ${leftUntil(until)}.`)
  return credential
}

/** Keeps a token until its end; what has ended is forgotten at the same time. */
const keep = (safe: Safe, server: string, credential: Credential): Promise<Content> =>
  safe.update((earlier) => {
    const content = turnedTo(server, earlier)
    const others = live(content).filter(({ grant }) => grant !== credential.grant)
    return { ...content, credentials: [...others, credential] }
  })

/** Forgets the token of one access. */
export const forget = (safe: Safe, grant: string): Promise<Content> =>
  safe.update((content) => ({ ...content, credentials: live(content).filter((one) => one.grant !== grant) }))

/** The tokens whose end has not come. */
export const live = ({ credentials }: Content, now = Date.now()): readonly Credential[] =>
  credentials.filter(({ until }) => until > now)
