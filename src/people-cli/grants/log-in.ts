import { type Api, callAnonymously, openApi } from '../api/client.ts'
import type { Grant, Redeemed } from '../api/types.ts'
import type { Io } from '../io.ts'
import { type Content, type Credential, turnedTo } from '../safe/content.ts'
import type { Safe } from '../safe/safe.ts'
import { leftUntil } from '../text.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'
import { mountOf, unwrap } from '../vault/calls.ts'
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
  freshly(tools, tools.api.server, async (api = tools.api) => {
    const { url } = await api.call<{ url: string }>('POST', `/grants/${encodeURIComponent(grant)}/link`)
    const answer = await api.call<Redeemed>('POST', '/links/redeem', { body: { link: url } })
    return redeemed(answer, tools.api.server, { ...tools, api })
  })

/** Redeems a link that a person was given. Without a session the link itself is the whole proof, where that is allowed. */
export const redeemLink = (link: string, tools: Tools): Promise<Credential> => {
  const server = serverOf(link)
  return freshly(tools, server, async (api) => {
    const body = { link }
    const answer = api
      ? await api.call<Redeemed>('POST', '/links/redeem', { body })
      : await callAnonymously<Redeemed>(server, 'POST', '/links/redeem', body)
    return redeemed(answer, server, { ...tools, api })
  })
}

const signInCodes: ReadonlySet<string> = new Set(['needs-sign-in', 'needs-fresh-sign-in', 'sign-in-needed'])

/** Signs in and tries once more, where Latchkey gives credentials only to whoever has just signed in. */
const freshly = async <T>(tools: Tools, server: string, work: (api: Api | undefined) => Promise<T>): Promise<T> => {
  const { safe, io, browser = true } = tools
  try {
    return await work(tools.api)
  } catch (error) {
    if (!(error instanceof ApiError && (error.status === 401 || signInCodes.has(error.code)))) throw error
    io.note('This is given only to whoever signs in now.')
    const { obtainSession } = await import('../session/obtain.ts')
    const session = await obtainSession(server, io, { code: false, browser })
    await safe.update((content) => ({ ...turnedTo(server, content), session }))
    return work(await openApi(safe))
  }
}

/** The server of a one-time link; the secret part of the link is in no message. */
export const serverOf = (link: string): string => {
  const url = URL.canParse(link) ? new URL(link) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliError('this is no link: copy the whole address, with https:// at its start', exitCodes.usage)
  }
  return url.origin
}

const redeemed = async (answer: Redeemed, server: string, { api, safe, io }: Tools): Promise<Credential> => {
  const { wrappingToken, address, namespace, until, grant, vault: id } = answer
  const token = await unwrap(address, namespace, wrappingToken)
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
