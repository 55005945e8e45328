import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { onTestFinished } from 'vitest'

/** A Latchkey that knows one session and one call, `GET /api/v1/me`. It checks every proof as RFC 9449 says. */
export type TokenEndpoint = {
  readonly url: string
  /** The refresh tokens that were presented, each with the name of its use. */
  readonly refreshes: readonly { readonly token: string; readonly attempt: string | undefined }[]
  /** Breaks the connection after each of the next refreshes, instead of an answer. */
  loseAnswers(count: number): void
}

export const startTokenEndpoint = async (thumbprint: string): Promise<TokenEndpoint> => {
  const refreshes: { token: string; attempt: string | undefined }[] = []
  const seen = new Set<string>()
  let present = { refresh: 'refresh-0', access: 'access-0' }
  let last: { readonly token: string; readonly attempt: string | undefined } | undefined
  let toLose = 0

  const isProved = async (proof: string, method: string, url: string, token?: string): Promise<boolean> => {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] })
    const ath = token === undefined ? undefined : createHash('sha256').update(token).digest('base64url')
    const isNew = !seen.has(payload.jti ?? '')
    seen.add(payload.jti ?? '')
    const isOurs = (await calculateJwkThumbprint(protectedHeader.jwk ?? {})) === thumbprint
    return isNew && isOurs && payload.htm === method && payload.htu === url && payload.ath === ath
  }

  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const proof = `${request.headers.dpop}`
    const { method = '', url = '' } = request
    if (url === '/api/v1/sessions/token') {
      const { refresh_token: token } = JSON.parse(await textOf(request))
      const attempt = request.headers['idempotency-key'] as string | undefined
      refreshes.push({ token, attempt })
      const isRepeated = last?.token === token && attempt !== undefined && last?.attempt === attempt
      const isGood = (await isProved(proof, method, base + url)) && (token === present.refresh || isRepeated)
      if (!isGood)
        return answer(400, { error: 'invalid_grant', code: 'session-over', message: 'Your session is over.' })
      if (!isRepeated) present = { refresh: `refresh-${refreshes.length}`, access: `access-${refreshes.length}` }
      last = { token, attempt }
      if (toLose > 0) {
        toLose -= 1
        return request.socket.destroy()
      }
      const { access: access_token, refresh: refresh_token } = present
      return answer(200, { access_token, refresh_token, expires_in: 300, session: 's1', rights: 'own' })
    }
    const isGood = await isProved(proof, method, base + url, present.access)
    const isSignedIn = isGood && request.headers.authorization === `DPoP ${present.access}`
    if (!isSignedIn) return answer(401, { error: { code: 'not-signed-in', message: 'You are not signed in.' } })
    return answer(200, { person: { id: 'ada', name: 'Ada' }, rights: 'own', vaults: [] })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: base,
    refreshes,
    loseAnswers: (count) => {
      toLose = count
    },
  }
}

const textOf = async (request: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
