import { addressFault } from '../domain/address.ts'
import { type Secret, secret } from '../domain/secret.ts'

/** The proxy through which calls leave the network. */
export type OutboundProxy = {
  /** Such as `http://proxy.example.com:3128`: without user and password, so that it may be shown. */
  readonly address: string
  /** What names us to the proxy, as its header has it. */
  readonly authorization?: Secret
  /** Hosts that are called without it. */
  readonly except: readonly string[]
}

const remedy =
  'write http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host if the proxy asks for it'

/** What `HTTPS_PROXY` and `NO_PROXY` say, in lower case or upper. The value is never repeated: it may hold a password. */
export const proxyOf = (
  environment: Readonly<Record<string, string | undefined>>,
  complain: (problem: string) => void,
): OutboundProxy | undefined => {
  const text = environment.https_proxy || environment.HTTPS_PROXY
  if (!text) return undefined
  const parts = /^(https?:\/\/)(?:([^/?#]*)@)?([^/?#@]+)\/?$/i.exec(text)
  const [, scheme = '', userInfo, host = ''] = parts ?? []
  const address = `${scheme}${host}`
  const authorization = userInfo === undefined ? undefined : basic(userInfo)
  if (!parts || addressFault(address) !== undefined || authorization === 'wrong') {
    complain(`environment: HTTPS_PROXY: ${remedy}`)
    return undefined
  }
  const except = (environment.no_proxy ?? environment.NO_PROXY ?? '').split(/[,\s]+/).filter((host) => host !== '')
  return { address, except, ...(authorization && { authorization }) }
}

/** The header of RFC 7617; characters that an address cannot hold are written as `%XX`. */
const basic = (userInfo: string): Secret | 'wrong' => {
  try {
    const [, user = '', password = ''] = /^([^:]*):?(.*)$/.exec(userInfo) ?? []
    const plain = `${decodeURIComponent(user)}:${decodeURIComponent(password)}`
    return secret(`Basic ${Buffer.from(plain).toString('base64')}`)
  } catch {
    return 'wrong'
  }
}
