import { failure, type Named } from './failure.ts'
import type { Answer } from './transport.ts'

const gateways: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * The failure for an answer of a balancer, an ingress or a captive page; `undefined` for a vault's own answer. A vault
 * puts every refusal into a JSON body, so a foreign 404 must never pass for "gone".
 */
export const foreignAnswer = ({ status, body, isText }: Answer, { method, path }: Named) => {
  if (!isText && (status < 400 || isOfVault(body))) return undefined
  const what = `${method} ${path} (${status})`
  return gateways.has(status)
    ? failure('unreachable', `Something before the vault says that it cannot reach it: ${what}.`)
    : failure('not-a-vault', `Something that is no vault answered ${what}.`)
}

const isOfVault = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  (('errors' in body && Array.isArray(body.errors)) || 'data' in body || 'initialized' in body)
