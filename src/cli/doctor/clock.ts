import { request } from 'undici'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { agentFor, wireOf } from '../../connectors/vault/transport.ts'
import { type Finding, missing, ok, optional, unknown } from './finding.ts'

/** Seconds: what a grant may be off by, and what is too much for tokens and signatures. */
const tolerable = { unnoticed: 3, some: 30 } as const

/** How far this machine's clock is from the vault's: its `Date` header, half a round trip ago. */
export const clockFinding = async (what: string, params: VaultParams): Promise<Finding> => {
  const dispatcher = agentFor(wireOf(params))
  try {
    const before = Date.now()
    const answer = await request(`${params.internalUrl}/v1/sys/health`, {
      dispatcher,
      signal: AbortSignal.timeout(10_000),
    })
    const after = Date.now()
    await answer.body.dump()
    return skewFinding(what, answer.headers.date, (before + after) / 2)
  } catch {
    return unknown(what, 'the vault told no time')
  } finally {
    await dispatcher.destroy()
  }
}

/** What a `Date` header says about a moment of this machine's clock, in milliseconds. */
export const skewFinding = (what: string, date: string | string[] | undefined, here: number): Finding => {
  const there = Date.parse(typeof date === 'string' ? date : '')
  if (Number.isNaN(there)) return unknown(what, 'there is no Date in the answer')
  const skew = Math.round((here - (there + 500)) / 1000) // the header has whole seconds
  const off = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} it`
  if (Math.abs(skew) <= tolerable.unnoticed) return ok(what, 'together with this machine’s')
  const remedy = 'keep both clocks right (NTP): access would end early or late by that much'
  return Math.abs(skew) > tolerable.some
    ? missing(what, `this machine is ${off}`, remedy)
    : optional(what, `this machine is ${off}`, remedy)
}
