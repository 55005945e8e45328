import { decodeJwt, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose'
import { isRunOf, type Pipeline, runOf } from '../domain/pipeline.ts'
import type { PipelineRun, PipelineTokens } from '../ports.ts'
import { algorithms, type KeySource, keysOf, tolerance, unlessAway } from './issuer-keys.ts'

export type PipelineTokenOptions = Pick<KeySource, 'clock' | 'fetch'> & { readonly pipelines: readonly Pipeline[] }

/** Tokens of CI systems have many claims. */
const longest = 8_192
/** No token counts that is valid for longer, in seconds. GitHub's are valid for six hours. */
const longestLife = 12 * 3600

/**
 * Reads the tokens with which CI systems prove a run. A token must be for us alone: with a second audience, that service
 * could use it here. The same token counts any number of times while it is valid, as CI systems give one to each job.
 */
export const pipelineTokenReader = ({ pipelines, ...shared }: PipelineTokenOptions): PipelineTokens => {
  const sources = new Map(pipelines.map(({ issuer, jwksUrl }) => [placeOf({ issuer, jwksUrl }), { issuer, jwksUrl }]))
  const keys = new Map([...sources].map(([place, source]) => [place, keysOf({ ...source, ...shared })]))
  const verified = async (token: string, pipeline: Pipeline): Promise<JWTPayload | undefined> => {
    const { issuer, audience } = pipeline
    const set = await keys.get(placeOf(pipeline))?.()
    return set && payloadOf(token, set, { issuer, audience, now: shared.clock.now() })
  }
  return {
    async read(token) {
      const asked = pipelines.filter((pipeline) => isMaybeFor(token, pipeline))
      let isProved = false
      for (const pipeline of asked) {
        const payload = await verified(token, pipeline)
        if (payload && isRunOf(pipeline, payload)) return found(pipeline, payload)
        isProved ||= payload !== undefined
      }
      return isProved ? { is: 'no-pipeline' } : undefined
    },
  }
}

const found = (pipeline: Pipeline, payload: JWTPayload): PipelineRun => ({
  is: 'pipeline',
  pipeline,
  run: runOf(pipeline, payload),
})

const placeOf = ({ issuer, jwksUrl }: Pick<Pipeline, 'issuer' | 'jwksUrl'>): string => `${issuer} ${jwksUrl ?? ''}`

/** Looks at what is not proved yet, so that no other token costs a call to the issuer. */
const isMaybeFor = (token: string, { issuer, audience }: Pipeline): boolean => {
  if (token.length > longest) return false
  try {
    const { iss, aud } = decodeJwt(token)
    return iss === issuer && isOnly(aud, audience)
  } catch {
    return false
  }
}

const isOnly = (given: JWTPayload['aud'], audience: string): boolean =>
  typeof given === 'string' ? given === audience : given?.length === 1 && given[0] === audience

const payloadOf = async (
  token: string,
  keys: RemoteJWKSet,
  { issuer, audience, now }: { readonly issuer: string; readonly audience: string; readonly now: number },
): Promise<JWTPayload | undefined> => {
  const checked = await jwtVerify(token, keys, {
    ...{ issuer, audience, algorithms, clockTolerance: tolerance, currentDate: new Date(now) },
    requiredClaims: ['exp', 'iat', 'sub'],
  }).catch(unlessAway)
  if (!checked) return undefined
  const { exp = 0, iat = 0, cnf, aud } = checked.payload
  const isFromNow = iat <= now / 1000 + tolerance
  const isShort = exp - iat > 0 && exp - iat <= longestLife
  // A token that is bound to a key would need a proof of that key.
  return isFromNow && isShort && cnf === undefined && isOnly(aud, audience) ? checked.payload : undefined
}
