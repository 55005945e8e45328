import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isValidSlackRequest } from '@slack/bolt'
import type { Log } from '../../app/deps.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Arrivals } from './arrivals.ts'
import { slackPath } from './settings.ts'

const bodyLimit = 1024 * 1024
const tolerance = 300

type GuardDeps = {
  readonly signingSecret: Secret
  readonly arrivals: Arrivals
  readonly isFirstSight: (signature: string) => Promise<boolean>
  /** Machine time in milliseconds: Slack signs by the real clock. */
  readonly now: () => number
  /** Whether Bolt has been started. */
  readonly isReady: () => boolean
  readonly log: Log
}

/**
 * Stands before Bolt, which checks the signature but accepts times from the future and the same delivery twice: lets
 * through only what is signed now, and each signature once.
 */
export const guarded =
  (deps: GuardDeps, next: RequestListener): RequestListener =>
  (request, response) => {
    deps.arrivals.expect(response)
    void admit(deps, request, response, next).catch((error: unknown) => {
      deps.log.error(
        { failure: error instanceof Error ? error.stack : String(error) },
        'a delivery could not be checked',
      )
      if (!response.headersSent) response.writeHead(500).end()
    })
  }

const admit = async (
  { signingSecret, isFirstSight, now, isReady, log }: GuardDeps,
  request: IncomingMessage,
  response: ServerResponse,
  next: RequestListener,
): Promise<void> => {
  const path = request.url?.split('?')[0]
  if (path !== slackPath || request.method !== 'POST') return void response.writeHead(404).end()
  if (!isReady()) return void response.writeHead(503).end()
  const body = await readBody(request)
  if (body === undefined) return void response.writeHead(413, { connection: 'close' }).end()
  const signature = signatureOf(request, body, signingSecret, now())
  if (signature === undefined) {
    log.warn({ bytes: body.length }, 'a delivery was refused: not signed by Slack, or not now')
    return void response.writeHead(401).end()
  }
  if (!isMenuQuery(body) && !(await isFirstSight(signature))) {
    log.warn({}, 'a delivery was ignored: it has been here before')
    return void response.writeHead(200).end()
  }
  // Bolt takes a body that was already read from this property.
  next(Object.assign(request, { rawBody: body }), response)
}

/** Asks for a menu's entries: changes nothing, and the same question twice in a second has the same signature. */
const isMenuQuery = (body: Buffer): boolean => {
  try {
    const payload: unknown = JSON.parse(new URLSearchParams(body.toString()).get('payload') ?? '')
    return typeof payload === 'object' && payload !== null && 'type' in payload && payload.type === 'block_suggestion'
  } catch {
    return false
  }
}

/** The signature, if it is right and of now. Its form is strict, so that one delivery has one signature only. */
const signatureOf = (
  request: IncomingMessage,
  body: Buffer,
  signingSecret: Secret,
  nowMilliseconds: number,
): string | undefined => {
  const signature = request.headers['x-slack-signature']
  const time = request.headers['x-slack-request-timestamp']
  if (typeof signature !== 'string' || !/^v0=[0-9a-f]{64}$/.test(signature)) return undefined
  if (typeof time !== 'string' || !/^\d{1,12}$/.test(time)) return undefined
  if (Math.abs(nowMilliseconds / 1000 - Number(time)) > tolerance) return undefined
  const isValid = isValidSlackRequest({
    signingSecret: signingSecret.reveal(),
    body: body.toString(),
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': Number(time) },
    nowMilliseconds,
  })
  return isValid ? signature : undefined
}

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > bodyLimit) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}
