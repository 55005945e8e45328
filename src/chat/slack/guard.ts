import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isValidSlackRequest } from '@slack/bolt'
import type { Log } from '../../app/deps.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Arrivals } from '../intake/arrivals.ts'
import type { Intake } from '../intake/bodies.ts'
import type { Counted } from '../intake/counted.ts'
import { challengeIn, type Delivered, isCertificateCheck, isDelivery, isMenuQuery, parsed } from './delivery.ts'
import { slackPath } from './settings.ts'

const tolerance = 300

type GuardDeps = {
  readonly signingSecret: Secret
  readonly arrivals: Arrivals
  readonly intake: Intake
  readonly isFirstSight: (signature: string) => Promise<boolean>
  /** The machine's time in milliseconds: Slack signs with the real clock. */
  readonly now: () => number
  /** Whether deliveries are accepted. */
  readonly isReady: () => boolean
  readonly refused: Counted
  readonly log: Log
}

/** Handles an admitted delivery. */
type Next = (delivery: Delivered, response: ServerResponse) => Promise<void>

/**
 * Guards the chat library: admits only bodies with a current, unused signature and the shape of a delivery. It reads no
 * body that the headers already exclude.
 */
export const guarded =
  (deps: GuardDeps, next: Next): RequestListener =>
  (request, response) => {
    void admit(deps, request, response, next).catch((error: unknown) => {
      deps.log.error(
        { failure: error instanceof Error ? error.stack : String(error) },
        'a delivery could not be worked on',
      )
      if (!response.headersSent) response.writeHead(500).end()
    })
  }

const admit = async (
  { signingSecret, arrivals, intake, isFirstSight, now, isReady, refused }: GuardDeps,
  request: IncomingMessage,
  response: ServerResponse,
  next: Next,
): Promise<void> => {
  /** Also closes the connection, so that no more of the body is read. */
  const refuse = (status: number, why?: string): void => {
    if (why) refused(why)
    response.writeHead(status, { connection: 'close' }).end()
  }
  const path = request.url?.split('?')[0]
  if (path !== slackPath || request.method !== 'POST') return refuse(404)
  if (!isReady()) return refuse(503)
  const claim = claimOf(request, now())
  if (!claim) return refuse(401, 'not signed, or not now')
  arrivals.expect(response)
  const body = await intake.read(request)
  if (body === 'too-large') return refuse(413, 'too large')
  if (body === 'too-slow') return refuse(408, 'too slow')
  if (body === 'aborted') return refuse(400, 'aborted')
  if (!isSigned(claim, body, signingSecret, now())) return refuse(401, 'not signed by Slack')
  const content = parsed(body.toString(), request.headers['content-type'])
  if (isCertificateCheck(content)) return void response.writeHead(200).end()
  const challenge = challengeIn(content)
  if (challenge !== undefined) return void response.writeHead(200, { 'content-type': 'text/plain' }).end(challenge)
  if (!isDelivery(content)) return refuse(400, 'of no known shape')
  if (!isMenuQuery(content) && !(await isFirstSight(claim.signature))) {
    refused('here before')
    return void response.writeHead(200).end()
  }
  await next(content, response)
}

type Claim = { readonly signature: string; readonly time: number }

/**
 * The signature in the headers, if it can be valid now. It is strict, so that a delivery has only one valid signature.
 */
const claimOf = ({ headers }: IncomingMessage, nowMilliseconds: number): Claim | undefined => {
  const signature = headers['x-slack-signature']
  const time = headers['x-slack-request-timestamp']
  if (typeof signature !== 'string' || !/^v0=[0-9a-f]{64}$/.test(signature)) return undefined
  if (typeof time !== 'string' || !/^\d{1,12}$/.test(time)) return undefined
  if (Math.abs(nowMilliseconds / 1000 - Number(time)) > tolerance) return undefined
  return { signature, time: Number(time) }
}

const isSigned = ({ signature, time }: Claim, body: Buffer, signingSecret: Secret, nowMilliseconds: number): boolean =>
  isValidSlackRequest({
    signingSecret: signingSecret.reveal(),
    body: body.toString(),
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': time },
    nowMilliseconds,
  })
