import { Hono } from 'hono'
import { isObject, parseJson } from '../common/json.ts'
import { applyMessageAnswer } from './answers.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'
import { type Env, neverAnswered } from './web-api.ts'

/** The endpoint for posts to a response URL: JSON, at most five times in thirty minutes. */
export function createResponseUrlEndpoint(simulation: Simulation): Hono<Env> {
  const endpoint = new Hono<Env>()
  endpoint.post('/:team/:key', async (context) => {
    const body = await context.req.text()
    simulation.recorder.addTraffic(body)
    const fault = simulation.takeFault('response_url')
    if (fault?.kind === 'rate-limit') {
      return context.text('rate_limited', 429, { 'retry-after': String(fault.retryAfterSeconds) })
    }
    if (fault?.kind === 'hang' || fault?.kind === 'drop') return neverAnswered(context, fault)
    if (fault !== undefined) return context.text('internal_error', 500)
    const target = simulation.responseUrls.redeem(context.req.param('key'))
    if (typeof target === 'string') return context.json({ ok: false, error: target }, 404)
    const answer = parseJson(body)
    if (!isObject(answer)) return context.json({ ok: false, error: 'invalid_payload' }, 400)
    try {
      applyMessageAnswer(simulation, target, answer)
      return context.json({ ok: true })
    } catch (error) {
      if (!(error instanceof SlackError)) throw error
      return context.json({ ok: false, error: error.code, ...error.details }, 400)
    }
  })
  return endpoint
}
