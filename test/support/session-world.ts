import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { authenticate } from '../../src/app/authenticate.ts'
import type { Deps, Settings } from '../../src/app/deps.ts'
import { endSession, signOut } from '../../src/app/end-session.ts'
import { enterByIssuer } from '../../src/app/enter-by-issuer.ts'
import { keyBehind } from '../../src/app/key-behind.ts'
import { recordRefusal } from '../../src/app/record-refusal.ts'
import { refreshSession } from '../../src/app/refresh-session.ts'
import { terminalSignIns } from '../../src/app/sign-in-terminal.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import type { Identity } from '../../src/domain/card.ts'
import { instanceId, personId } from '../../src/domain/ids.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import { secret } from '../../src/domain/secret.ts'
import { issuerIdentity } from '../../src/domain/sign-in.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import { startServer } from '../../src/http/server.ts'
import { accessTokenReader } from '../../src/identity/access-tokens.ts'
import { openIdSignIn } from '../../src/identity/open-id.ts'
import { proofReader } from '../../src/identity/proofs.ts'
import type { ChatPlatform, Person } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { smallIssuer } from './small-issuer.ts'
import { newTerminalKey, type TerminalKey } from './terminal-key.ts'

type Options = { readonly hasIssuer?: boolean; readonly hasDeviceCode?: boolean }
/** What the token endpoint answers. */
export type TokenAnswer = { readonly status: number; readonly json: Record<string, string> }
export type Tokens = { readonly access: string; readonly refresh: string; readonly session: string }
export type SessionWorld = Awaited<ReturnType<typeof sessionWorld>>

/** The real server with a real store, real tokens and, if wanted, an issuer; its time can be moved on. */
export const sessionWorld = async ({ hasIssuer = false, hasDeviceCode = false }: Options = {}) => {
  let ahead = 0
  const clock = { now: () => timestamp(Date.now() + ahead), sleep: async () => {} }
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const issuerServer = createServer((request, response) => issuer.listener(request, response))
  issuerServer.listen(0, '127.0.0.1')
  await once(issuerServer, 'listening')
  const issuerUrl = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`
  const issuer = smallIssuer(issuerUrl, 'ada-at-the-issuer')

  const people = new Map<string, Person>()
  const addPerson = (name: string) => {
    const chat: Identity = { platform: 'slack', tenant: 'T1', subject: `U-${name}` }
    const identities = [chat, issuerIdentity(issuerUrl, { sub: `${name}-at-the-issuer` })]
    people.set(name, { id: personId(name), name, identities })
  }
  for (const name of ['ada', 'grace']) addPerson(name)
  const deactivated = new Set<string>()
  const isSame = (one: Identity) => (other: Identity) => JSON.stringify(one) === JSON.stringify(other)
  const slack: Pick<ChatPlatform, 'name' | 'admits'> = {
    name: 'slack',
    admits: async ({ subject }) =>
      deactivated.has(subject) ? refuse({ code: 'not-admitted', why: 'deactivated' }) : accept(undefined),
  }
  const store = await openStore(':memory:', { newId: randomUUID })
  const settings = { limits: { refusalsAnHour: 30 }, hasIssuer, hasDeviceCode, linkBase: publicUrl } as Settings
  const deps = {
    ...{ store, clock, settings, integrations: new Map(), platforms: new Map([['slack', slack]]) },
    directory: {
      person: (identity: Identity) => [...people.values()].find((one) => one.identities.some(isSame(identity))),
      find: (id: string) => people.get(id),
      members: () => [],
      partiesOf: () => [],
    },
    newId: () => randomBytes(16).toString('hex'),
    newNonce: () => randomBytes(32).toString('base64url'),
    hash: (text: string) => createHash('sha256').update(text).digest('hex'),
    random: Math.random,
    nudge: () => {},
    troubleAt: () => undefined,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  } as unknown as Deps
  const proofsKept: string[] = []
  const callers = {
    proofs: proofReader(clock),
    isFirstSight: ({ key, jti }: { key: string; jti: string }) => {
      proofsKept.push(jti)
      return store.isFirstSight(`proof ${key} ${jti}`, clock.now(), timestamp(clock.now() - 600_000))
    },
    accessTokens: accessTokenReader({
      ...{ issuer: issuerUrl, kind: 'generic' as const, audience: 'latchkey-api', clients: ['robot-of-ada'] },
      ...{ clock, fetch },
    }),
  }
  const authenticated = authenticate(deps, callers)
  const terminals = terminalSignIns(deps)
  const signIn = openIdSignIn({
    ...{ issuer: issuerUrl, kind: 'generic', clientId: 'latchkey', clientSecret: secret('s'), scopes: [] },
    ...{ redirectUri: `${publicUrl}/fetch/callback`, clock },
  })
  const nothing = async () => ({ kind: 'unusable' }) as const
  const fetchUseCases = {
    ...{ lookAtLink: nothing, redeemLink: nothing, reportLink: nothing, confirmLink: nothing },
    revealCredential: nothing,
  }
  const server = await startServer({
    ...{ host: '127.0.0.1', port, publicUrl, clock, readiness: {}, instance: instanceId('i0sessions') },
    ...{ fetch: fetchUseCases as never, entrances: () => [], log: deps.log, ...(hasIssuer && { signIn }) },
    sessions: {
      ...{ ...callers, authenticate: authenticated, terminals, refresh: refreshSession(deps), hasDeviceCode },
      ...{ signOut: signOut(deps), enter: enterByIssuer(deps), recordRefusal: recordRefusal(deps) },
      keyBehind: keyBehind(deps),
      sessionsOf: (person) => store.liveSessions(clock.now(), person),
    },
  })

  const api = `${publicUrl}/api/v1/sessions`
  const key = (curve?: string) => newTerminalKey(curve, clock.now)
  const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<TokenAnswer> => {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }
    const answer = await fetch(`${api}/${path}`, init)
    return { status: answer.status, json: (await answer.json()) as Record<string, string> }
  }
  const token = (by: TerminalKey, body: object, headers?: Record<string, string>) =>
    post('token', body, { dpop: by.proof({ url: `${api}/token` }), ...headers })
  const tokensIn = ({ status, json }: TokenAnswer): Tokens => {
    const { access_token: access, refresh_token: refresh, session } = json
    if (status !== 200 || !access || !refresh || !session) throw new Error(`no tokens: ${JSON.stringify(json)}`)
    return { access, refresh, session }
  }

  return {
    ...{
      deps,
      store,
      clock,
      publicUrl,
      api,
      issuer,
      issuerUrl,
      people,
      deactivated,
      terminals,
      post,
      token,
      tokensIn,
      key,
    },
    addPerson,
    authenticate: authenticated,
    end: endSession(deps),
    /** The names of proofs that were stored. */
    proofsKept,
    /** From now on the issuer does not answer. */
    async loseIssuer() {
      issuerServer.closeAllConnections()
      await new Promise((resolve) => issuerServer.close(resolve))
    },
    /** Moves the time on. */
    wait: (length: number) => {
      ahead += seconds(length) * 1000
    },
    refresh: (by: TerminalKey, refresh: string, headers?: Record<string, string>) =>
      token(by, { grant_type: 'refresh_token', refresh_token: refresh }, headers),
    /** Signs a terminal in by a code that the person types in chat. */
    async signedIn(name: string, by = key()): Promise<Tokens & { readonly by: TerminalKey }> {
      const { json } = await post('start', { key: by.jwk, host: `${name}-laptop` })
      const permitted = await terminals.permit(json.code ?? '', personId(name), { by: 'chat' })
      if (!permitted.ok) throw new Error(`the code was refused: ${permitted.refusal.code}`)
      return { ...tokensIn(await token(by, { grant_type: 'device_code', id: json.id })), by }
    },
    /** A call of the API with this token and proof: the own sessions. */
    async call(
      access: string,
      by?: TerminalKey,
      proof?: string,
    ): Promise<{ readonly status: number; readonly json: never }> {
      const dpop = proof ?? by?.proof({ method: 'GET', url: api, token: access })
      const authorization = `${dpop === undefined ? 'Bearer' : 'DPoP'} ${access}`
      const answer = await fetch(api, { headers: { authorization, ...(dpop !== undefined && { dpop }) } })
      return { status: answer.status, json: (await answer.json()) as never }
    },
    /** What the audit log says, newest last. */
    audited: async () => (await store.auditRows(0, 10_000)).map(({ kind, detail }) => ({ ...detail, kind })),
    async stop() {
      await server.close()
      issuerServer.close()
      await store.close()
    },
  }
}
