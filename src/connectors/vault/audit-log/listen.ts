import { z } from 'zod'
import type { AuditWatch } from '../../../domain/receipt-memory.ts'
import { timestamp } from '../../../domain/time.ts'
import type { AuditBatch } from '../../../ports/audit-log.ts'
import type { Clock } from '../../../ports.ts'
import { batchOf, nothing } from './batch.ts'
import { newDoubt } from './doubt.ts'
import { newInbox } from './inbox.ts'
import { scan, type Wanted } from './lines.ts'
import { openPlace } from './place.ts'
import { rest } from './rest.ts'

type Options = { readonly socket: string; readonly wanted: Wanted; readonly clock: Pick<Clock, 'now'> }
type From = Pick<AuditWatch, 'position' | 'readTo' | 'doubtSince'> | undefined

const pause = 100
const heartbeat = 5_000
/** What the vault wrote just now may still be on its way. */
const onItsWay = 2_000

/** `servers`: how many had a connection, so that each of them must be heard again after a restart. */
const socketPosition = z.object({ kind: z.literal('socket'), servers: z.int().min(1).max(16).default(1) })

/**
 * Listens where the vault's socket device connects to. What the vault wrote while nobody listened is lost, so that time is
 * a gap: from the last lines before to the first line after, of each server.
 */
export async function* listen(
  { socket, wanted, clock }: Options,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<AuditBatch> {
  const before = socketPosition.safeParse(from && JSON.parse(from.position)).data?.servers ?? 1
  let readTo = from?.readTo ?? clock.now()
  const doubt = newDoubt(from ? (from.doubtSince ?? readTo) : timestamp(0), before)
  let beat = 0
  const inbox = newInbox(clock)
  const server = await openPlace(socket, inbox.take)
  /** A restart is also what makes us forget a server that never came back. */
  const where = (): Pick<AuditBatch, 'position' | 'readTo' | 'doubtSince'> => {
    const servers = Math.max(1, inbox.connected() || doubt.awaited())
    const doubtSince = doubt.since()
    return {
      position: JSON.stringify({ kind: 'socket', servers }),
      readTo,
      ...(doubtSince !== undefined && { doubtSince }),
    }
  }
  try {
    yield { ...nothing, ...where() }
    while (!signal.aborted) {
      const all = inbox.heard()
      for (const heard of all) {
        if ('brokenAt' in heard) {
          const isNew = doubt.since() === undefined
          doubt.breaks(heard.brokenAt, readTo)
          if (isNew) yield { ...nothing, ...where() }
          continue
        }
        const { from: connection, bytes } = heard
        const [since, now] = [doubt.since(), clock.now()]
        const scanned = scan(bytes, { ...wanted, ...(since !== undefined && { since }) })
        if (scanned.first !== undefined) doubt.hears(connection, scanned.first)
        const { told, ...after } = batchOf(scanned, { readTo, doubtSince: undefined, isLost: false, now })
        for (const gap of told.gaps) doubt.damages(gap.from, gap.to)
        readTo = after.readTo
        beat = now
        const gaps = doubt.settle(now)
        yield { ...told, gaps, ...where() }
      }
      if (all.length > 0) continue
      const now = clock.now()
      const gaps = doubt.settle(now)
      const isBeat = doubt.since() === undefined && now > beat + heartbeat && inbox.connected() > 0
      if (isBeat && now - onItsWay > readTo) readTo = timestamp(now - onItsWay)
      if (isBeat) beat = now
      if (isBeat || gaps.length > 0) yield { ...nothing, gaps, ...where() }
      await rest(pause, signal)
    }
  } finally {
    inbox.close()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}
