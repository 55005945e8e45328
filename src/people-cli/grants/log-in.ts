import { type Api, callAnonymously } from '../api/client.ts'
import type { Grant, Me, Redeemed } from '../api/types.ts'
import type { Io } from '../io.ts'
import type { Content, Credential } from '../safe/content.ts'
import type { Safe } from '../safe/safe.ts'
import { leftUntil } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { mountOf, unwrap } from '../vault/calls.ts'
import { isOfSecrets } from '../vault/rights.ts'

/** Logs in to the vault with a live access: asks for a one-time link of this session, and uses it up at once. */
export const logInTo = async (
  grant: string,
  { api, safe, io }: { api: Api; safe: Safe; io: Io },
): Promise<Credential> => {
  const { url } = await api.call<{ url: string }>('POST', `/grants/${encodeURIComponent(grant)}/link`)
  return redeemed(await api.call<Redeemed>('POST', '/links/redeem', { body: { link: url } }), { api, safe, io })
}

/** Redeems a link that a person was given. Without a session the link itself is the whole proof, where that is allowed. */
export const redeemLink = async (
  link: string,
  { api, safe, io }: { readonly api: Api | undefined; readonly safe: Safe; readonly io: Io },
): Promise<Credential> => {
  const server = serverOf(link)
  const answer = api
    ? await api.call<Redeemed>('POST', '/links/redeem', { body: { link } })
    : await callAnonymously<Redeemed>(server, 'POST', '/links/redeem', { link })
  return redeemed(answer, { api, safe, io })
}

/** The server of a one-time link; the secret part of the link is in no message. */
export const serverOf = (link: string): string => {
  const url = URL.canParse(link) ? new URL(link) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliError('this is no link: copy the whole address, with https:// at its start', exitCodes.usage)
  }
  return url.origin
}

type Tools = { readonly api: Api | undefined; readonly safe: Safe; readonly io: Io }

const redeemed = async (answer: Redeemed, { api, safe, io }: Tools): Promise<Credential> => {
  const { wrappingToken, address, namespace, until, items } = answer
  const token = await unwrap(address, namespace, wrappingToken)
  const access = { address, token, ...(namespace !== undefined && { namespace }) }
  const firsts = [...new Set(items.filter(isOfSecrets).map(({ path }) => path))]
  const mounts = await Promise.all(firsts.map((path) => mountOf(access, path)))
  const grant = typeof answer.grant === 'string' ? answer.grant : answer.grant.id
  const vault = await vaultOf(grant, api)
  const credential: Credential = {
    ...{ grant, ...access, until: Date.parse(until), items },
    mounts: [...new Set(mounts.filter((mount) => mount !== undefined))],
    ...(vault && { vault }),
  }
  await keep(safe, credential)
  io.note(`Logged in to ${vault?.name ?? address}; your access ends ${leftUntil(until)}.`)
  return credential
}

const vaultOf = async (grant: string, api: Api | undefined): Promise<Credential['vault']> => {
  if (!api) return undefined
  const { vault } = await api.call<Grant>('GET', `/grants/${encodeURIComponent(grant)}`)
  const { vaults } = await api.call<Me>('GET', '/me')
  return { id: vault, name: vaults.find(({ id }) => id === vault)?.name ?? vault }
}

/** Keeps a token until its end; what has ended is forgotten at the same time. */
const keep = (safe: Safe, credential: Credential): Promise<Content> =>
  safe.update((content) => ({
    ...content,
    credentials: [...live(content).filter(({ grant }) => grant !== credential.grant), credential],
  }))

/** Forgets the token of one access. */
export const forget = (safe: Safe, grant: string): Promise<Content> =>
  safe.update((content) => ({ ...content, credentials: live(content).filter((one) => one.grant !== grant) }))

/** The tokens whose end has not come. */
export const live = ({ credentials }: Content, now = Date.now()): readonly Credential[] =>
  credentials.filter(({ until }) => until > now)
