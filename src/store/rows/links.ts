import type {
  FetchLink,
  LinkAlarm,
  LinkCredential,
  LinkExplanation,
  NotedExplanation,
} from '../../domain/fetch-link.ts'
import type { Stored } from './row.ts'

/** A link as its table stores it. */
export type LinkRow = Stored<Omit<FetchLink, 'credential' | 'explained'>> & {
  readonly credential: LinkCredential['state'] | null
  readonly credentialAt: LinkCredential['since'] | null
  readonly explainedAt: LinkExplanation['at'] | null
  readonly explainedBy: LinkExplanation['by'] | null
  readonly doubtExplainedAt: LinkExplanation['at'] | null
  readonly doubtExplainedBy: LinkExplanation['by'] | null
}

/** The link in a row. */
export const toLink = (row: LinkRow): FetchLink => {
  const { id, grant, request, person, hash, openedAt, expiresAt, state } = row
  const { bound, redeemedAt, browser, unspentAt, credential, credentialAt, misusedAt, misusedHow, doubtedAt } = row
  const misuse = explanation(row.explainedAt, row.explainedBy)
  const doubt = explanation(row.doubtExplainedAt, row.doubtExplainedBy)
  return {
    ...{ id, grant, request, person, hash, openedAt, expiresAt, state },
    ...(bound !== null && { bound }),
    ...(redeemedAt !== null && { redeemedAt }),
    ...(browser !== null && { browser }),
    ...(unspentAt !== null && { unspentAt }),
    ...(credential !== null && credentialAt !== null && { credential: { state: credential, since: credentialAt } }),
    ...(misusedAt !== null && { misusedAt }),
    ...(misusedHow !== null && { misusedHow }),
    ...(doubtedAt !== null && { doubtedAt }),
    ...((misuse || doubt) && { explained: { ...(misuse && { misuse }), ...(doubt && { doubt }) } }),
  }
}

const explanation = (at: LinkRow['explainedAt'], by: LinkRow['explainedBy']): LinkExplanation | undefined =>
  at === null || by === null ? undefined : { at, by }

/** The columns of an alarm. */
export const alarmColumns = ({ how, at }: LinkAlarm) =>
  how === 'other-person' ? { doubtedAt: at } : { misusedAt: at, misusedHow: how }

/** The columns of what the link's person said about an alarm. */
export const explanationColumns = ({ at, by, alarm }: NotedExplanation) =>
  alarm.how === 'other-person' ? { doubtExplainedAt: at, doubtExplainedBy: by } : { explainedAt: at, explainedBy: by }
