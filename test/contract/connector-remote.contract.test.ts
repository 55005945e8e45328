import { afterAll, beforeAll } from 'vitest'
import { secret } from '../../src/domain/secret.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { remoteLine } from '../support/remote-line.ts'
import { kvSubject } from './connector-subjects.ts'
import { connectorContract } from './connector-suite.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await openBao()
})
afterAll(() => vault.stop())

connectorContract('secrets of a vault that only a remote connector reaches', async () => {
  const line = await remoteLine(vault.prepared)
  await line.join()
  await line.run()
  const unwrap = async (token: string) =>
    (await rawCall(vault.server.address, token)('POST', 'sys/wrapping/unwrap')).body.auth.client_token
  return {
    ...kvSubject(vault, line.connector),
    open: async (token) => secret(String(await unwrap(token.reveal()))),
    stop: line.stop,
  }
})
