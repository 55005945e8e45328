import { readAudit } from '../../../app/read-audit.ts'
import { eventOf } from '../../../domain/events.ts'
import { accept } from '../../../domain/refusal.ts'
import { call } from '../call.ts'
import { AuditPage, AuditQuery, EventPage } from '../schemas/audit.ts'
import { moment } from '../shapes/moment.ts'

const listAudit = call({
  ...{ method: 'get', path: '/audit', name: 'listAudit', status: 200, needsAll: true, asksChat: 'always' },
  roles: ['audit'],
  summary: 'The audit log in its order, for people with the role `audit`.',
  query: AuditQuery,
  answer: AuditPage,
  handle: async ({ deps }, { caller, query: { after, limit } }) => {
    const rows = await readAudit(deps)(caller.person.id, after, limit)
    if (!rows.ok) return rows
    return accept({
      items: rows.value.map(({ sequence, at, kind, actor, integration, request, grant, detail, hash }) => ({
        ...{ sequence, at: moment(at), kind, actor, detail, hash },
        ...(integration !== undefined && { vault: integration }),
        ...(request !== undefined && { request }),
        ...(grant !== undefined && { grant }),
      })),
      next: rows.value.at(-1)?.sequence ?? after,
    })
  },
})

const listEvents = call({
  ...{ method: 'get', path: '/events', name: 'listEvents', status: 200, needsAll: true, asksChat: 'always' },
  roles: ['audit'],
  summary:
    'The events of requests and access in their order, for people with the role `audit`: the same as the webhook sends.',
  query: AuditQuery,
  answer: EventPage,
  handle: async ({ deps }, { caller, query: { after, limit } }) => {
    const rows = await readAudit(deps)(caller.person.id, after, limit)
    if (!rows.ok) return rows
    return accept({
      items: rows.value.flatMap((row) => eventOf(row) ?? []),
      next: rows.value.at(-1)?.sequence ?? after,
    })
  },
})

/** Calls about what happened. */
export const audit = [listAudit, listEvents]
