import type { Grant } from '../domain/grant.ts'
import { type Gap, type Receipt, type UsedSoFar, usedSoFar } from '../domain/receipt.ts'
import { type Timestamp, timestamp } from '../domain/time.ts'
import type { Loaded, Store } from '../ports.ts'

type Reading = Pick<Store, 'receiptsOf' | 'auditWatch' | 'auditGaps'>

/** What was done with an access, as far as the vault's audit log was read; `undefined` where it was never read. */
export const usedSoFarOf = async (
  store: Reading,
  { request, grant }: Loaded,
): Promise<(UsedSoFar & { readonly receipts: readonly Receipt[] }) | undefined> => {
  if (!grant || grant.state === 'provisioning') return undefined
  const watch = await store.auditWatch(grant.integration)
  if (!watch) return undefined
  const from = startOf(request, grant)
  const gaps: readonly Gap[] = await store.auditGaps(grant.integration, from)
  const receipts = await store.receiptsOf(grant.id)
  return { ...usedSoFar(receipts, gaps, { from, ...(grant.state === 'ended' && { to: grant.at }) }), receipts }
}

/** The moment before which nobody had the access. */
const startOf = (request: Loaded['request'], grant: Grant): Timestamp =>
  grant.state === 'active' ? grant.since : request.state === 'approved' ? request.at : timestamp(request.submittedAt)
