import { request } from 'undici'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { agentFor, wireOf } from '../../connectors/vault/transport.ts'
import { type Finding, skewFinding, unknown } from '../../findings.ts'

/** The difference between this machine's clock and the vault's `Date` header, corrected by half a round trip. */
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
    return unknown(what, 'the vault did not send its time')
  } finally {
    await dispatcher.destroy()
  }
}
