import { Hono } from 'hono'
import { type Env, respond } from './connector.ts'
import type { Entra } from './entra.ts'
import type { ChannelKeys } from './signing.ts'
import type { Simulation } from './simulation.ts'

type Parts = { simulation: Simulation; entra: Entra; keys: ChannelKeys; url: () => string }

/**
 * The channel's OpenID metadata and keys, and Entra's token endpoint. botbuilder follows `jwks_uri`, teams.apps replaces
 * the last part of the path, so the keys lie beside the metadata.
 */
export function createIdentityEndpoints({ simulation, entra, keys, url }: Parts): Hono<Env> {
  const site = new Hono<Env>()
  site.get('/v1/.well-known/openidconfiguration', (context) => {
    const metadata = {
      issuer: 'https://api.botframework.com',
      authorization_endpoint: 'https://invalid.botframework.com',
      jwks_uri: `${url()}/v1/.well-known/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    }
    return respond(simulation, context, { method: 'openIdMetadata', args: {}, text: '' }, () => ({
      status: 200,
      body: metadata,
    }))
  })
  site.get('/v1/.well-known/keys', (context) =>
    respond(simulation, context, { method: 'keys', args: {}, text: '' }, () => ({
      status: 200,
      body: keys.published(),
    })),
  )
  site.post('/:tenant/oauth2/v2.0/token', async (context) => {
    const tenant = context.req.param('tenant')
    const form = new URLSearchParams(await context.req.text())
    const audience = `${url()}/${tenant}/oauth2/v2.0/token`
    const args = { tenant, client_id: form.get('client_id') ?? '', scope: form.get('scope') ?? '' }
    // The body has the secret, so the evidence keeps no copy of it.
    return respond(simulation, context, { method: 'token', args, text: '' }, () => entra.token(tenant, form, audience))
  })
  return site
}
