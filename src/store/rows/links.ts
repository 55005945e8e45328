import type { FetchLink, LinkCredential, LinkExplanation } from '../../domain/fetch-link.ts'
import type { Stored } from './row.ts'

/** A link as its table stores it. */
export type LinkRow = Stored<Omit<FetchLink, 'credential' | 'explained'>> & {
  readonly credential: LinkCredential['state'] | null
  readonly credentialAt: LinkCredential['since'] | null
  readonly explainedAt: LinkExplanation['at'] | null
  readonly explainedBy: LinkExplanation['by'] | null
}

/** The link in a row. */
export const toLink = (row: LinkRow): FetchLink => {
  const { id, grant, request, person, hash, openedAt, expiresAt, state } = row
  const { redeemedAt, browser, unspentAt, credential, credentialAt, misusedAt, doubtedAt, explainedAt, explainedBy } =
    row
  return {
    ...{ id, grant, request, person, hash, openedAt, expiresAt, state },
    ...(redeemedAt !== null && { redeemedAt }),
    ...(browser !== null && { browser }),
    ...(unspentAt !== null && { unspentAt }),
    ...(credential !== null && credentialAt !== null && { credential: { state: credential, since: credentialAt } }),
    ...(misusedAt !== null && { misusedAt }),
    ...(doubtedAt !== null && { doubtedAt }),
    ...(explainedAt !== null && explainedBy !== null && { explained: { at: explainedAt, by: explainedBy } }),
  }
}
