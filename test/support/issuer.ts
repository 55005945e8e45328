import type { Page } from 'playwright-core'
import type { AdminCall } from '../../src/demo/admin-call.ts'

/** Somebody with an account at the issuer. */
export type Human = { readonly name: string; readonly password: string; readonly sub: string }

/** A real OpenID Connect issuer: OpenBao's own, with people who sign in by name and password. */
export type TestIssuer = {
  /** As it writes itself into its tokens. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  signUp(name: string, metadata?: Readonly<Record<string, string>>): Promise<Human>
  /** What the issuer's page does once the person has signed in: returns the address that the browser is sent to. */
  authorize(url: string, human: Human): Promise<string>
  /** The same by hand, on the issuer's own page, at which the browser is. */
  signInOn(page: Page, human: Human): Promise<void>
}

export type IssuerOptions = {
  readonly admin: AdminCall
  /** Where the server really listens. */
  readonly address: string
  readonly redirectUri: string
  /** Where the issuer says it is, such as a proxy's address; default where it listens. */
  readonly publicAddress?: string
  /** One a test file, when several share a server. */
  readonly name?: string
  /** Claims of the scope `names`, as OpenBao's template language writes them. */
  readonly claims?: string
}

const mount = 'people'

export const startIssuer = async (options: IssuerOptions): Promise<TestIssuer> => {
  const { admin, address, redirectUri, publicAddress = address, name = 'humans', claims = '{}' } = options
  const accessor = await humansMount(admin)
  const set = (what: string, settings: object) => admin('POST', `identity/oidc/${what}/${name}`, settings)
  await set('key', { allowed_client_ids: ['*'], algorithm: 'ES256' })
  await set('scope', { template: Buffer.from(claims).toString('base64') })
  await set('client', { redirect_uris: [redirectUri], assignments: ['allow_all'], key: name, id_token_ttl: '5m' })
  await set('provider', { allowed_client_ids: ['*'], scopes_supported: [name], issuer: publicAddress })
  const { client_id: clientId, client_secret: clientSecret } = await read(admin, `identity/oidc/client/${name}`)

  return {
    issuer: `${publicAddress}/v1/identity/oidc/provider/${name}`,
    clientId: String(clientId),
    clientSecret: String(clientSecret),
    async signUp(human, metadata = {}) {
      const password = `password-of-${human}`
      await admin('POST', `auth/${mount}/users/${human}`, { password })
      await admin('POST', `identity/entity/name/${human}`, { metadata })
      const { id } = await read(admin, `identity/entity/name/${human}`)
      await admin('POST', 'identity/entity-alias', { name: human, canonical_id: id, mount_accessor: accessor })
      return { name: human, password, sub: String(id) }
    },
    async authorize(url, { name: human, password }) {
      const login = await fetch(`${address}/v1/auth/${mount}/login/${human}`, {
        method: 'POST',
        body: JSON.stringify({ password }),
      })
      const token = ((await login.json()) as { auth: { client_token: string } }).auth.client_token
      const { search, searchParams } = new URL(url)
      const path = `identity/oidc/provider/${name}/authorize${search}`
      const answer = await fetch(`${address}/v1/${path}`, { headers: { 'X-Vault-Token': token } })
      const { code, state } = (await answer.json()) as { code?: string; state?: string }
      if (!code || !state) throw new Error(`the issuer gave no code (${answer.status})`)
      return `${searchParams.get('redirect_uri')}?${new URLSearchParams({ code, state })}`
    },
    async signInOn(page, { name: human, password }) {
      await page.locator('input[name=username]').fill(human)
      await page.locator('input[name=password]').fill(password)
      await page.locator('#auth-submit').click()
      await page.waitForURL((url) => url.pathname.startsWith('/fetch/'))
    },
  }
}

/** The people's own userpass mount, offered on the issuer's page. Safe to repeat. */
const humansMount = async (admin: AdminCall): Promise<string> => {
  const mounts = async () => (await admin('GET', 'sys/auth')) as Record<string, { accessor: string } | undefined>
  const there = (await mounts())[`${mount}/`]
  if (there) return there.accessor
  await admin('POST', `sys/auth/${mount}`, { type: 'userpass', config: { listing_visibility: 'unauth' } })
  const made = (await mounts())[`${mount}/`]
  if (!made) throw new Error('the mount for people was not made')
  return made.accessor
}

const read = async (admin: AdminCall, path: string): Promise<Record<string, unknown>> =>
  ((await admin('GET', path)) as { data: Record<string, unknown> }).data
