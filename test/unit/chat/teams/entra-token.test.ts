import { X509Certificate } from 'node:crypto'
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificateFault, readSigningCertificate } from '../../../../src/chat/teams/certificate.ts'
import { newTokens } from '../../../../src/chat/teams/connector/entra-token.ts'
import { secret } from '../../../../src/domain/secret.ts'
import { ExternalError } from '../../../../src/ports.ts'
import { newAppCertificate } from '../../../support/app-certificate.ts'
import { newHandClock } from '../../../support/hand-clock.ts'

const app = 'a0000000-0000-4000-8000-00000000000a'
const tenant = 'b0000000-0000-4000-8000-00000000000b'
const tokenUrl = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`
const minute = 60_000

type Answer = { readonly status?: number; readonly body?: unknown; readonly cut?: true; readonly after?: Promise<void> }

/** Entra's end of the wire: each call gets the next answer, or else a token of an hour. */
const newEntra = (...answers: Answer[]) => {
  const forms: URLSearchParams[] = []
  const fetch: typeof globalThis.fetch = async (address, init) => {
    expect(String(address)).toBe(tokenUrl)
    expect(init?.redirect).toBe('error')
    forms.push(new URLSearchParams(String(init?.body)))
    const number = forms.length
    const { status = 200, body, cut, after } = answers.shift() ?? {}
    await after
    if (cut) throw new TypeError('fetch failed')
    return Response.json(body ?? { token_type: 'Bearer', expires_in: 3599, access_token: `token-${number}` }, {
      status,
    })
  }
  return { fetch, forms }
}

const stage = (
  answers: readonly Answer[] = [],
  credential = { kind: 'secret', value: secret('the~secret') } as const,
) => {
  const entra = newEntra(...answers)
  const clock = newHandClock()
  const settings = { app, tenant, tokenUrl, scope: 'https://api.botframework.com/.default', credential }
  return { ...entra, clock, tokens: newTokens({ settings, fetch: entra.fetch, clock }) }
}
const refusal = (number: number, error = 'invalid_client', status = 401): Answer => ({
  status,
  body: { error, error_description: `AADSTS${number}: words for ${app}.`, error_codes: [number] },
})
const failureOf = (work: Promise<unknown>): Promise<ExternalError> =>
  work.then(
    () => expect.fail('it should have been refused'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ExternalError)
      return error as ExternalError
    },
  )

describe('the token for the connector', () => {
  test('is asked for with the secret, and given out many times', async () => {
    const { tokens, forms } = stage()
    expect((await tokens.current()).reveal()).toBe('token-1')
    expect((await tokens.current()).reveal()).toBe('token-1')
    expect(Object.fromEntries(forms[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: app,
      client_secret: 'the~secret',
      scope: 'https://api.botframework.com/.default',
    })
    expect(forms).toHaveLength(1)
    expect(`${await tokens.current()} ${JSON.stringify(await tokens.current())}`).not.toContain('token-1')
  })

  test('is asked for once by all who need it at the same time', async () => {
    const { tokens, forms } = stage()
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.current()))
    expect(new Set(all).size).toBe(1)
    expect(forms).toHaveLength(1)
  })

  test('is renewed five minutes before its end', async () => {
    const { tokens, clock } = stage()
    await tokens.current()
    await clock.advance(54 * minute)
    expect((await tokens.current()).reveal()).toBe('token-1')
    await clock.advance(minute)
    expect((await tokens.current()).reveal()).toBe('token-2')
  })

  test('stays in use until its end while Entra is silent or refuses, and no longer', async () => {
    const { tokens, clock } = stage([{}, { cut: true }, refusal(7000222), { cut: true }])
    await tokens.current()
    await clock.advance(56 * minute)
    expect((await tokens.current()).reveal()).toBe('token-1')
    expect((await tokens.current()).reveal()).toBe('token-1')
    await clock.advance(4 * minute)
    expect(await failureOf(tokens.current())).toMatchObject({ code: 'entra-unreachable', transient: true })
    expect((await tokens.current()).reveal()).toBe('token-5')
  })

  test('that the connector refused is replaced at once, by one call for all, but not again within a minute', async () => {
    const { tokens, clock, forms } = stage()
    const first = await tokens.current()
    const [second, same] = await Promise.all([tokens.insteadOf(first), tokens.insteadOf(first)])
    expect(second.reveal()).toBe('token-2')
    expect(same).toBe(second)
    expect(await tokens.insteadOf(first)).toBe(second)
    expect(await tokens.insteadOf(second)).toBe(second)
    expect(forms).toHaveLength(2)
    await clock.advance(minute)
    expect((await tokens.insteadOf(second)).reveal()).toBe('token-3')
  })

  test.each([
    ['is away', { cut: true } as const, 'entra-unreachable'],
    ['refuses', refusal(7000222), 'AADSTS7000222'],
  ])('that the connector refused while Entra %s is replaced as soon as Entra gives one', async (_, answer, code) => {
    const { tokens, clock } = stage([{}, answer, answer])
    const first = await tokens.current()
    expect((await failureOf(tokens.insteadOf(first))).code).toBe(code)
    await clock.advance(10_000)
    expect((await failureOf(tokens.insteadOf(first))).code).toBe(code)
    await clock.advance(10_000)
    expect((await tokens.insteadOf(first)).reveal()).toBe('token-4')
  })

  test('that Entra refuses is asked for again only after some seconds', async () => {
    const { tokens, clock, forms } = stage([refusal(7000215)])
    await failureOf(tokens.current())
    await failureOf(tokens.current())
    expect(forms).toHaveLength(1)
    await clock.advance(10_000)
    expect((await tokens.current()).reveal()).toBe('token-2')
  })
})

describe('what Entra refuses', () => {
  test.each([
    [7000215, /TEAMS_APP_SECRET is wrong: copy the value of the client secret, not its id \(AADSTS7000215\)/],
    [7000222, /the client secret has expired: create another/],
    [700016, new RegExp(`there is no application ${app} in the tenant ${tenant}: correct teams.app`)],
    [90002, new RegExp(`there is no tenant ${tenant}: correct teams.tenant`)],
    [7000112, /is disabled in Entra: enable it there/],
    [700027, /the certificate is unknown or has expired: upload/],
    [700024, /keep the clock of this machine right/],
    [53003, /conditional access policy/],
    [1234567, /Entra gives out no token: AADSTS1234567 \(invalid_client\)/],
  ])('with AADSTS%i is told with what to do, and is permanent', async (number, sentence) => {
    const error = await failureOf(stage([refusal(number)]).tokens.current())
    expect(error).toMatchObject({ code: `AADSTS${number}`, transient: false })
    expect(error.message).toMatch(sentence)
    expect(error.message).not.toMatch(/words for|the~secret/)
  })

  test.each([
    ['its own trouble', refusal(90033, 'temporarily_unavailable', 400), 'AADSTS90033'],
    ['too many calls', refusal(50196, 'invalid_request', 429), 'AADSTS50196'],
    ['a gateway', { status: 502, body: 'Bad gateway' }, 'entra-unavailable'],
    ['a page of a proxy', { status: 200, body: { hello: 'world' } }, 'entra-unavailable'],
    ['a token that is none', { body: { expires_in: 3599, access_token: 'two\nlines' } }, 'entra-unavailable'],
    ['a cut line', { cut: true } as const, 'entra-unreachable'],
  ])('as %s is only for now', async (_, answer, code) => {
    expect(await failureOf(stage([answer]).tokens.current())).toMatchObject({ code, transient: true })
  })

  test('is read from its words where the numbers are missing', async () => {
    const answer = { status: 400, body: { error: 'unauthorized_client', error_description: 'AADSTS700016: words' } }
    expect(await failureOf(stage([answer]).tokens.current())).toMatchObject({ code: 'AADSTS700016' })
    const bare = { status: 400, body: { error: 'invalid_scope' } }
    expect(await failureOf(stage([bare]).tokens.current())).toMatchObject({ code: 'entra-invalid_scope' })
  })
})

describe('the proof by certificate', () => {
  let own: ReturnType<typeof newAppCertificate>
  let other: ReturnType<typeof newAppCertificate>
  beforeAll(() => {
    own = newAppCertificate()
    other = newAppCertificate()
  })

  test('is an assertion that its key signed, for this one call', async () => {
    const value = secret(`${own.key}${own.certificate}`)
    const { tokens, forms, clock } = stage([], { kind: 'certificate', value } as never)
    await tokens.current()
    await clock.advance(56 * minute)
    await tokens.current()
    const [form, again] = forms
    expect(form?.get('client_secret')).toBeNull()
    expect(form?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const keys = createLocalJWKSet({ keys: [await exportJWK(new X509Certificate(own.certificate).publicKey)] })
    const at = new Date(clock.now() - 56 * minute)
    const { payload, protectedHeader } = await jwtVerify(form?.get('client_assertion') ?? '', keys, {
      ...{ issuer: app, subject: app, audience: tokenUrl, currentDate: at },
    })
    const digest = new X509Certificate(own.certificate).fingerprint256.replaceAll(':', '')
    expect(protectedHeader).toEqual({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': Buffer.from(digest, 'hex').toString('base64url'),
    })
    expect((payload.exp ?? 0) - (payload.nbf ?? 0)).toBe(300)
    expect(again?.get('client_assertion')).not.toBe(form?.get('client_assertion'))
  })

  test('takes certificate and key in any order, and knows the end of the certificate', () => {
    const { validTo } = readSigningCertificate(secret(`${own.certificate}\n${own.key}`))
    expect(validTo.getTime()).toBeGreaterThan(Date.now())
    expect(() => readSigningCertificate(secret(''))).toThrow('TEAMS_APP_CERTIFICATE: there is no certificate')
  })

  test('is refused before any call where it cannot work', () => {
    const faultOf = (...parts: readonly string[]) => certificateFault(parts.join('\n'))
    const elliptic = newAppCertificate(['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'])
    expect(faultOf(own.certificate, own.key)).toBeUndefined()
    expect(faultOf(own.key)).toMatch(/no certificate/)
    expect(faultOf(own.certificate)).toMatch(/no private key/)
    expect(faultOf(own.certificate, other.key)).toMatch(/belongs to another certificate/)
    expect(faultOf(elliptic.certificate, elliptic.key)).toMatch(/no RSA key/)
    expect(faultOf(own.certificate, own.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))).toMatch(/is encrypted/)
    expect(faultOf(own.certificate.replace(/^[A-Za-z0-9+/]{64}$/m, ''), own.key)).toMatch(/damaged/)
  })
})
