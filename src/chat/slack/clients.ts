import { type Logger, LogLevel } from '@slack/bolt'
import { WebClient, type WebClientOptions } from '@slack/web-api'
import { ExternalError } from '../../ports.ts'
import type { SlackDeps, SlackSettings, WayOut } from './settings.ts'

/** Two clients: `hasty` for waiting people and ids that live three seconds, `patient` for cards, which can be late. */
export type Clients = { readonly hasty: WebClient; readonly patient: WebClient }

/** Makes both; absolute addresses never override the configured one. */
export const webClients = (deps: SlackDeps): Clients => {
  const token = deps.settings.botToken.reveal()
  return {
    hasty: new WebClient(token, { ...clientOptions(deps), timeout: 2_000, retryConfig: { retries: 0 } }),
    patient: new WebClient(token, {
      ...clientOptions(deps),
      timeout: 8_000,
      retryConfig: { retries: 2, factor: 2, minTimeout: 500 },
    }),
  }
}

/** The options of every client. Rate limits fail at once, because the cards' own back-off does the waiting. */
export const clientOptions = ({
  settings,
  log,
  outbound,
}: Pick<SlackDeps, 'settings' | 'log' | 'outbound'>): WebClientOptions => ({
  fetch: outbound.fetch,
  rejectRateLimitedCalls: true,
  allowAbsoluteUrls: false,
  logger: quietLogger(log),
  ...(settings.apiUrl && { slackApiUrl: settings.apiUrl }),
})

type Answering = { readonly settings: Pick<SlackSettings, 'apiUrl'>; readonly outbound: Pick<WayOut, 'fetch'> }

/** The allowed addresses of answers: a delivery contains the address, and a forger must not choose whom we call. */
const answersTo = (url: string, { apiUrl }: Pick<SlackSettings, 'apiUrl'>): boolean => {
  if (!URL.canParse(url)) return false
  const { origin, protocol, hostname, username, password } = new URL(url)
  const own = apiUrl === undefined ? undefined : new URL(apiUrl)
  const isOurs = origin === 'https://hooks.slack.com' || (protocol === own?.protocol && hostname === own.hostname)
  return isOurs && username === '' && password === ''
}

/**
 * The `fetch` for answers beside a press or command, which Bolt sends without limits. It calls only Slack's own host
 * and follows no redirect.
 */
export const fetchForAnswers =
  ({ settings, outbound }: Answering): NonNullable<WebClientOptions['fetch']> =>
  async (url, init) => {
    if (!answersTo(String(url), settings)) {
      throw new ExternalError('foreign-address', 'an answer was asked for at an address that is not Slack’s', {
        transient: false,
      })
    }
    try {
      return await outbound.fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(3_000) })
    } catch (cause) {
      throw new ExternalError('chat-unreachable', 'Slack could not be reached for an answer', {
        transient: true,
        cause,
      })
    }
  }

/** The libraries log payloads below the warning level, so nothing below it passes. */
export const quietLogger = (log: SlackDeps['log']): Logger => {
  const said = (parts: unknown[]) => ({ detail: parts.map(String).join(' ').slice(0, 200) })
  return {
    debug: () => {},
    info: () => {},
    warn: (...parts) => log.warn(said(parts), 'the Slack library warns'),
    error: (...parts) => log.warn(said(parts), 'the Slack library reports an error'),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  }
}
