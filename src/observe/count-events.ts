import type { AuditEvent, AuditKind } from '../domain/audit-event.ts'
import { type Instruments, word } from './instruments.ts'

type Count = (integration: string, detail: AuditEvent['detail']) => void

/** Counts events from audit events, so that metrics and audit log cannot differ. */
export const countEvents = (instruments: Instruments): ((events: readonly AuditEvent[]) => void) => {
  const { requests, decisions, ended, credentials, misuses, refusals, steps, revocation } = instruments
  const counts: { readonly [Kind in AuditKind]?: Count } = {
    'request-submitted': (integration) => requests.inc({ integration, state: 'pending' }),
    'request-approved': (integration, { enough }) => {
      decisions.inc({ integration, verdict: 'approve' })
      if (enough) requests.inc({ integration, state: 'approved' })
    },
    'request-denied': (integration) => {
      decisions.inc({ integration, verdict: 'deny' })
      requests.inc({ integration, state: 'denied' })
    },
    'items-denied': (integration, { enough }) => {
      decisions.inc({ integration, verdict: 'deny' })
      if (enough) requests.inc({ integration, state: 'approved' })
    },
    'request-cancelled': (integration) => requests.inc({ integration, state: 'cancelled' }),
    'request-expired': (integration) => requests.inc({ integration, state: 'expired' }),
    'access-ended': (integration, { because, means, latency }) => {
      ended.inc({ integration, because: word(because) })
      revocation.observe({ integration, means: word(means) }, Number(latency) / 1000)
    },
    'access-step-failed': (integration, { state, code }) =>
      steps.inc({ integration, state: word(state), code: word(code) }),
    'credential-issued': (integration) => credentials.inc({ integration, outcome: 'issued' }),
    'credential-failed': (integration) => credentials.inc({ integration, outcome: 'failed' }),
    'link-misused': (integration) => misuses.inc({ integration }),
    refused: (_, { code }) => refusals.inc({ code: word(code) }),
  }
  return (events) => {
    for (const { kind, integration = 'none', detail } of events) counts[kind]?.(integration, detail)
  }
}
