import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Confirmed } from '../../../src/app/confirm-fetch-link.ts'
import type { Shown } from '../../../src/app/find-link.ts'
import type { Spent } from '../../../src/app/redeem-fetch-link.ts'
import type { Identity } from '../../../src/domain/card.ts'
import { grantId, instanceId } from '../../../src/domain/ids.ts'
import { secret } from '../../../src/domain/secret.ts'
import { after, seconds, timestamp } from '../../../src/domain/time.ts'
import type { FetchUseCases } from '../../../src/http/fetch-page.ts'
import { type ServerOptions, startServer } from '../../../src/http/server.ts'

/** The moment at which every test takes place. */
export const now = timestamp(Date.UTC(2026, 10, 25, 13, 0))

export const what: Shown = {
  items: [
    { path: 'kv/apps/billing/database', permission: 'read', type: 'secret' },
    { path: 'transit/receipts', permission: 'encrypt and decrypt', type: 'key' },
  ],
  until: after(now, seconds(5_400)),
  integration: 'production',
  lent: {
    policies: ['lend-billing'],
    role: 'latchkey-lend',
    beyond: ['kv/data/apps/billing/*', 'kv/metadata/apps/billing/*'],
  },
  accessDetails: 'You need the company VPN.\nThe database listens on db.example.net, port 5432.',
}

export const wrappingToken = 's.OneUseWrappingTokenOfTheTests'
export const token = 's.TheTokenThatWorksUntilTheEnd'

export const credential = {
  wrappingToken: secret(wrappingToken),
  spendBy: after(now, seconds(180)),
  until: after(now, seconds(5_400)),
  address: 'https://vault.example.net:8200',
  namespace: 'teams/payments',
  signInUrl: secret(`https://vault.example.net:8200/ui/vault/auth?with=token&wrapped_token=${wrappingToken}`),
  hasPage: true as const,
  commands: ["bao kv get -mount='kv' 'apps/billing/database'", "bao read 'transit/keys/receipts'"],
  ways: [
    { kind: 'cli', title: 'Commands of bao', text: "bao kv get -mount='kv' 'apps/billing/database'" },
    {
      kind: 'curl',
      title: 'Calls with curl',
      text: 'vault_curl() { curl "$@"; }\nvault_curl https://vault.example.net:8200/v1/kv/data/apps/billing/database',
    },
    { kind: 'env', title: 'Environment of any program', text: 'export BAO_ADDR=https://vault.example.net:8200' },
  ] as const,
}

const { signInUrl: _, ...plain } = credential
/** The same for a job, which gets a role_id and a wrapped secret_id. */
export const jobCredential = {
  ...plain,
  login: {
    ...({ kind: 'job', mount: 'latchkey-workloads', role: 'latchkey-i0pages-g-grant-0-abcdefghijklmnop' } as const),
    commands: [
      'bao unwrap -field=secret_id | bao write -field=token auth/latchkey-workloads/login role_id=ROLE_ID secret_id=-',
    ],
  },
  appRole: {
    roleId: '5f1c7a52-4d0e-4a8b-9c11-2f4b8f7d9e10',
    loginBy: after(now, seconds(2_700)),
    uses: 'once' as const,
  },
}

type FakeLink = {
  state: 'open' | 'redeemed' | 'expired' | 'replaced' | 'failing' | 'contested' | 'refusing'
  browser?: string
  spent?: boolean
  reported?: boolean
}

/** Says who signed in; links ask for that where there is one. */
export type Judge = (identities: readonly Identity[]) => Confirmed

/** The use cases with links in memory, as the real ones behave; `changes` counts what was not a mere look. */
export const fakeFetch = (judge?: Judge) => {
  const links = new Map<string, FakeLink>()
  const counts = { looks: 0, changes: 0 }
  const open = (state: FakeLink['state'] = 'open'): string => {
    const nonce = randomBytes(32).toString('base64url')
    links.set(nonce, { state })
    return nonce
  }
  const isUsable = (link: FakeLink | undefined): link is FakeLink =>
    link !== undefined && ['open', 'failing', 'contested', 'refusing'].includes(link.state)
  const spent = (link: FakeLink | undefined, browser: string | undefined): Spent => {
    if (link?.state === 'expired' || link?.state === 'replaced') return { kind: link.state }
    if (link?.state !== 'redeemed') return { kind: 'unusable' }
    if (browser !== undefined && link.browser === browser) return { kind: 'redeemed-here', what }
    return { kind: 'used', at: now, isReported: link.reported === true }
  }
  const useCases: FetchUseCases = {
    async lookAtLink(nonce, browser, signedIn) {
      counts.looks += 1
      const link = links.get(nonce)
      if (isUsable(link)) return judge && !signedIn ? { kind: 'sign-in-first' } : { kind: 'ready', what }
      return spent(link, browser)
    },
    async redeemLink(nonce, browser, signedIn) {
      const link = links.get(nonce)
      if (judge && !signedIn && isUsable(link)) return { kind: 'sign-in-first' }
      counts.changes += 1
      if (link?.state === 'failing') return { kind: 'failed' }
      if (link?.state === 'contested') return { kind: 'contested' }
      if (link?.state === 'refusing') {
        link.state = 'open'
        return { kind: 'not-yet', after: 1_200 }
      }
      if (link?.state === 'redeemed' && link.browser !== browser) link.reported = true
      if (link?.state !== 'open') return spent(link, browser)
      links.set(nonce, { state: 'redeemed', browser })
      return { kind: 'credential', what, credential, grant: grantId('grant') }
    },
    async reportLink(nonce, browser) {
      counts.changes += 1
      const link = links.get(nonce)
      if (link?.state === 'redeemed') link.reported = true
      return spent(link, browser)
    },
    async confirmLink(nonce, identities) {
      return (isUsable(links.get(nonce)) && judge?.(identities)) || { kind: 'unusable' }
    },
    async revealCredential(nonce, browser, given) {
      counts.changes += 1
      const link = links.get(nonce)
      if (link?.state !== 'redeemed' || link.browser !== browser) return { kind: 'unusable' }
      if (link.spent || given.reveal() !== wrappingToken) return { kind: 'spent' }
      link.spent = true
      return { kind: 'token', token: secret(token), what, usage: credential }
    },
  }
  const become = (nonce: string, state: FakeLink['state']) => links.set(nonce, { state })
  return { useCases, open, become, counts }
}

/** A server of the pages on a free port that knows its own address, as the configuration tells the real one. */
export const startPages = async (fetch: FetchUseCases, options: Partial<ServerOptions> = {}) => {
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const instance = instanceId('i0pages')
  const given = { host: '127.0.0.1', port, publicUrl, fetch, clock: { now: () => now }, readiness: {}, instance }
  const entrances = () => [{ title: 'Slack', command: '/vault', url: 'https://slack.com/app_redirect?app=A0&team=T0' }]
  return startServer({ ...given, entrances, log: { warn: () => {}, error: () => {} }, ...options })
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
