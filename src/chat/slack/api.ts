import { z } from 'zod'
import type { Secret } from '../../domain/secret.ts'

/** One answer of Slack's Web API, with the headers that matter. */
export type SlackAnswer = {
  readonly body: { readonly ok: boolean; readonly error?: string | undefined; readonly [key: string]: unknown }
  readonly scopes: readonly string[]
  readonly date: string | undefined
}

/** The address of Slack, and the `fetch` to reach it. */
export type SlackWay = { readonly apiUrl?: string | undefined; readonly way?: typeof fetch }

const answer = z.looseObject({ ok: z.boolean(), error: z.string().optional() })
const patience = 10_000
const longestPause = 60

/** Calls Slack without its libraries, which take half a second to load. Waits once or twice when Slack asks for it. */
export const callSlack = async (
  method: string,
  token: Secret,
  parameters: Readonly<Record<string, string>> = {},
  { apiUrl = 'https://slack.com/api/', way = fetch }: SlackWay = {},
): Promise<SlackAnswer> => {
  for (let tries = 1; ; tries += 1) {
    const response = await way(`${apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.reveal()}` },
      body: new URLSearchParams(parameters),
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    })
    const pause = Number(response.headers.get('retry-after') ?? Number.NaN)
    if (response.status === 429 && tries < 4 && pause <= longestPause) {
      await new Promise((resolve) => setTimeout(resolve, pause * 1000))
      continue
    }
    if (!response.ok) throw new Error(`Slack answered ${response.status} to ${method}`)
    const scopes = (response.headers.get('x-oauth-scopes') ?? '').split(',').filter((scope) => scope !== '')
    return { body: answer.parse(await response.json()), scopes, date: response.headers.get('date') ?? undefined }
  }
}
