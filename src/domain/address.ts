/** The parts, besides host and path, that an address may have. */
type Parts = { readonly query?: 'allowed' }

/**
 * Why a text cannot be the base address for calls and links; `undefined` when it can. A user or password would appear
 * in logs and messages. A query or fragment would swallow an appended path.
 */
export const addressFault = (text: string, { query }: Parts = {}): string | undefined => {
  const beforePath = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1]
  if (beforePath === undefined || beforePath === '') return 'write an address such as https://name.example.com'
  if (beforePath.includes('@')) return 'write no user or password into the address'
  if (/[\s\\\p{Cc}\p{Cf}]/u.test(text)) return 'write the address without blanks and backslashes'
  if (text.includes('#')) return 'write the address without # and what follows'
  if (query !== 'allowed' && text.includes('?')) return 'write the address without ? and what follows'
  return URL.canParse(text) ? undefined : 'write an address such as https://name.example.com'
}

const ownHosts = ['127.0.0.1', '::1', 'localhost']

/** Whether a host, such as `[::1]`, is this machine. */
export const isOwnHost = (host: string): boolean => ownHosts.includes(host.replace(/^\[|\]$/g, ''))

/** Whether an address leads to this machine. */
export const isOwnAddress = (address: string): boolean => URL.canParse(address) && isOwnHost(new URL(address).hostname)
