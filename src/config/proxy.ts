import { addressFault } from '../domain/address.ts'
import { type Secret, secret } from '../domain/secret.ts'

/** The proxy through which calls leave the network. */
export type OutboundProxy = {
  /** Such as `http://proxy.example.com:3128`, without user and password, so that logs may show it. */
  readonly address: string
  /** The value of the `Proxy-Authorization` header. */
  readonly authorization?: Secret
  /** Hosts that are reached without the proxy. */
  readonly except: readonly string[]
}

const remedy =
  'write http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host if the proxy asks for it'

/**
 * Reads `HTTPS_PROXY` and `NO_PROXY`, in lower or upper case. Complaints never quote the value: it may hold a password.
 */
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

/** The header of RFC 7617. `%XX` stands for characters that an address cannot contain. */
const basic = (userInfo: string): Secret | 'wrong' => {
  try {
    const [, user = '', password = ''] = /^([^:]*):?(.*)$/.exec(userInfo) ?? []
    const plain = `${decodeURIComponent(user)}:${decodeURIComponent(password)}`
    return secret(`Basic ${Buffer.from(plain).toString('base64')}`)
  } catch {
    return 'wrong'
  }
}
