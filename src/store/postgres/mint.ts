import type { MintAnswer, MintStep } from '../../domain/link-memory.ts'
import { appendAudit } from './audit.ts'
import type { Queries } from './connection.ts'
import { eq } from './drizzle.ts'
import { saveHandle } from './grants.ts'
import { keepHeld } from './held.ts'
import { activeGrant, isOutrun, settleLinks } from './links.ts'
import { lockRequest, ofGrant, ofLink, raise } from './revisions.ts'
import { fetchLinks, grants } from './schema.ts'
import { wrappings } from './schema-wrappings.ts'

/**
 * A step of the mint and an alarm of its link, or an end of its access, exclude each other by the lock of the request: the
 * later one sees the earlier one.
 */
export const mint = async (within: Queries, step: MintStep): Promise<MintAnswer> => {
  const { to, link, grant, handle, held, now, audit, wrapping } = step
  const [isHeld, , [row], [active], isPast] = await Promise.all([
    keepHeld(within, held),
    lockRequest(within, ofGrant(within, grant)),
    within.select({ misusedAt: fetchLinks.misusedAt }).from(fetchLinks).where(eq(fetchLinks.id, link)),
    activeGrant(within, eq(grants.id, grant), now),
    isOutrun(within, link),
  ])
  if (!isHeld) return 'lost'
  if (!row || row.misusedAt !== null) return 'misused'
  if (!active) return 'over'
  if (to === 'drawn' && isPast) return 'lost'
  const credential = to === 'refused' ? { credential: null, credentialAt: null } : { credential: to, credentialAt: now }
  await Promise.all([
    saveHandle(within, grant, handle),
    to === 'issued' && settleLinks(within, { grant }, 'superseded', now),
    setLink(within, link, { ...credential, unspentAt: null }),
    to === 'issued' && raise(within, ofLink(within, { id: link })),
    to === 'issued' && wrapping && within.insert(wrappings).values({ ...wrapping, link, grant, state: 'waiting' }),
    appendAudit(within, audit),
  ])
  return 'done'
}

type LinkColumns = Partial<typeof fetchLinks.$inferInsert>

const setLink = async (within: Queries, link: MintStep['link'], columns: LinkColumns): Promise<void> => {
  await within.update(fetchLinks).set(columns).where(eq(fetchLinks.id, link))
}
