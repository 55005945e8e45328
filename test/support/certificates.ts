import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Authority = {
  /** Its own certificate. */
  readonly caFile: string
  /** A server's certificate for these names, such as `DNS:localhost` or `IP:127.0.0.1`, and its key. */
  issue(...names: readonly string[]): { readonly cert: string; readonly key: string }
}

/** A certificate authority in a folder of its own, made with openssl. Who trusts two of them needs two names. */
export const newAuthority = (folder: string, name = 'Example'): Authority => {
  mkdirSync(folder, { recursive: true })
  const at = (name: string) => join(folder, name)
  const openssl = (...line: readonly string[]) => execFileSync('openssl', line, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  )
  return {
    caFile: at('ca.pem'),
    issue: (...names) => {
      writeFileSync(at('names'), `subjectAltName=${names.join(',')}`)
      openssl('req', ...newKey, '-keyout', at('key'), '-out', at('request'), '-subj', '/CN=server')
      const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2']
      openssl('x509', '-req', '-in', at('request'), '-out', at('cert'), '-extfile', at('names'), ...signer)
      return { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
    },
  }
}
