import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TerminalKey } from './terminal-key.ts'

/** The header that stands for the sign-in. */
export const signHere = 'DPoP sign-here'

/** Passes calls on as a terminal sends them: with the session's token, and a proof of its key for each call. */
export const signingProxy = async (server: string, by: TerminalKey, token: () => string) => {
  const proxy = createServer((request, response) => {
    const { method = 'GET', url = '/', headers } = request
    const proof = () => by.proof({ method, url: `${server}${url.split('?')[0]}`, token: token() })
    const isSigned = headers.authorization === signHere
    const signed = { ...headers, ...(isSigned && { authorization: `DPoP ${token()}`, dpop: proof() }) }
    const passed = send(`${server}${url}`, { method, headers: signed }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return { url, stop: () => new Promise((resolve) => proxy.close(resolve)) }
}
