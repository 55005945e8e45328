import type { Config } from '../../config/read.ts'
import { type Finding, missing, ok, unknown } from '../../findings.ts'
import { healthOf, ownAddress } from '../health/ask.ts'

const limit = 5_000 // milliseconds

/** Checks that the server runs here, and that its public address leads to it. */
export const webFindings = async ({ listen, link }: Config): Promise<readonly Finding[]> => {
  const local = ownAddress(listen)
  const here = await healthOf(local, limit)
  const remedy = `point it (or the proxy behind it) to ${local}`
  if (here !== 'ok')
    return [
      unknown('server', `does not run here (${local}: ${here})`),
      unknown('link.baseUrl', `${link.baseUrl}: cannot be checked while the server is stopped`),
    ]
  const outside = await healthOf(link.baseUrl, limit)
  return [
    ok('server', `runs at ${local}`),
    outside === 'ok'
      ? ok('link.baseUrl', `${link.baseUrl} leads to it`)
      : missing('link.baseUrl', `${link.baseUrl}: ${outside}`, remedy),
  ]
}
