import type { Config } from '../../config.ts'
import { type Finding, messageOf, missing, ok, unknown } from './finding.ts'

/** Whether the server runs here, and whether people's browsers would reach it. */
export const webFindings = async ({ listen, link }: Config): Promise<readonly Finding[]> => {
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? '127.0.0.1' : listen.host
  const local = `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`
  const here = await healthOf(local)
  const remedy = `point it (or the proxy behind it) to ${local}`
  if (here !== 'ok')
    return [
      unknown('server', `does not run here (${local}: ${here})`),
      unknown('link.baseUrl', `${link.baseUrl}: cannot be told while the server does not run`),
    ]
  const outside = await healthOf(link.baseUrl)
  return [
    ok('server', `runs at ${local}`),
    outside === 'ok'
      ? ok('link.baseUrl', `${link.baseUrl} leads to it`)
      : missing('link.baseUrl', `${link.baseUrl}: ${outside}`, remedy),
  ]
}

/** `ok`, or what came instead of Latchkey's answer. */
const healthOf = async (base: string): Promise<string> => {
  try {
    const answer = await fetch(`${base}/healthz`, { redirect: 'manual', signal: AbortSignal.timeout(5_000) })
    if (!answer.ok) return `answers ${answer.status}`
    return /"alive":\s*true/.test(await answer.text()) ? 'ok' : 'something else answers there'
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error)
  }
}
