import { CliError, exitCodes } from '../trouble.ts'

/** A server's address without a slash at its end. Plain HTTP is refused beyond this machine. */
export const serverAddress = (given: string): string => {
  const text = /^[a-z]+:\/\//i.test(given) ? given : `https://${given}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.pathname !== '/' || url.search !== '') {
    throw new CliError(`${given} is no address of a Latchkey, such as https://latchkey.example`, exitCodes.usage)
  }
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new CliError(`${url.origin} is not encrypted: use https`, exitCodes.usage)
  }
  return url.origin
}
