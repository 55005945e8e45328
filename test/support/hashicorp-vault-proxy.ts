import { type LoopbackProxy, loopbackProxy, type Passing } from './openbao-proxy.ts'

type Options = {
  /** Older servers ignore `password_hash` without a word (HashiCorp Vault before 1.21, OpenBao before 2.6). */
  readonly knowsPasswordHash?: boolean
}

/**
 * A loopback proxy before an OpenBao that answers as was measured on HashiCorp Vault 1.21: policies have no end of their
 * own and no check-and-set, there is no list of policies below a prefix, no detailed metadata, no paging, no scanning and no control groups,
 * and `sys/health` says what only that product says.
 */
export const hashicorpVaultProxy = (
  target: string,
  { knowsPasswordHash = true }: Options = {},
): Promise<LoopbackProxy> =>
  loopbackProxy(target, {
    request: (passing) => {
      const { path, query } = passing
      if (isPolicy(path) && query.get('list') === 'true') return unsupported
      if (path.includes('/detailed-metadata/')) return noSuchListing
      if (path.startsWith('sys/control-group/')) return json(404, { errors: ['enterprise-only feature'] })
      for (const name of ['scan', 'after', 'limit']) query.delete(name)
      forget(passing, knowsPasswordHash)
      return undefined
    },
    response: (text, path) => {
      if (text === '') return text
      const body = JSON.parse(text)
      if (path === 'sys/health') return JSON.stringify({ ...body, enterprise: false, performance_standby: false })
      if (!isPolicy(path) || !body.data) return text
      const { name, policy } = body.data
      return JSON.stringify({ ...body, data: { name, policy } })
    },
  })

const json = (status: number, body: object) => ({ status, headers: {}, text: JSON.stringify(body) })
const unsupported = json(405, { errors: ['1 error occurred:\n\t* unsupported operation\n\n'] })
const noSuchListing = json(404, {
  ...{ request_id: 'an-imitation', lease_id: '', renewable: false, lease_duration: 0, data: null, wrap_info: null },
  ...{ warnings: ['Invalid path for a versioned K/V secrets engine.'], auth: null, mount_type: '' },
})

const isPolicy = (path: string): boolean => path.startsWith('sys/policies/acl/')

/** Drops from the body what the other or older product does not know. */
const forget = (passing: Passing, knowsPasswordHash: boolean): void => {
  if (passing.body === '') return
  const unknown = isPolicy(passing.path) ? ['ttl', 'expiration', 'cas'] : []
  if (passing.path.includes('/users/') && !knowsPasswordHash) unknown.push('password_hash')
  const kept = Object.entries(JSON.parse(passing.body)).filter(([name]) => !unknown.includes(name))
  passing.body = JSON.stringify(Object.fromEntries(kept))
}
