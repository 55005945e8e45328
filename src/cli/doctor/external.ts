import { request } from 'undici'
import { z } from 'zod'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { agentFor, wireOf } from '../../connectors/vault/transport.ts'
import { causeOf, type Finding, missing, ok, unknown } from '../../findings.ts'

const Health = z.object({ initialized: z.boolean() })

/** Checks that a vault answers at the address that people get, which this machine may be unable to reach. */
export const externalFindings = async (vault: string, params: VaultParams): Promise<readonly Finding[]> => {
  const { externalUrl: address, internalUrl, proxy: _, ...rest } = params
  if (address === undefined || address === internalUrl) return []
  const what = `${vault}: externalUrl`
  const dispatcher = agentFor(wireOf(rest))
  try {
    const answer = await request(`${address}/v1/sys/health`, { dispatcher, signal: AbortSignal.timeout(10_000) })
    const isVault = Health.safeParse(await answer.body.json().catch(() => undefined)).success
    if (isVault) return [ok(what, `a vault answers at ${address}`)]
    return [
      missing(
        what,
        `no vault answers at ${address} (${answer.statusCode})`,
        'correct externalUrl, the address for people',
      ),
    ]
  } catch (error) {
    return [
      unknown(what, `${address} cannot be reached from here (${causeOf(error)}); people’s machines must reach it`),
    ]
  } finally {
    await dispatcher.destroy()
  }
}
