import type { Subject } from './copy-states.ts'
import type { Tone } from './view-model.ts'

/** The tone of a card; trouble turns waiting into bad. */
export const toneOf = ({ request, grant }: Subject): Tone => {
  if (grant) {
    if (grant.state === 'active') return 'good'
    if (grant.state !== 'provisioning' && grant.because === 'provision-failed') return 'bad'
    if (grant.state === 'ended') return 'neutral'
    return grant.trouble ? 'bad' : 'waiting'
  }
  switch (request.state) {
    case 'pending':
    case 'approved':
      return 'waiting'
    case 'denied':
      return 'bad'
    case 'cancelled':
    case 'expired':
      return 'neutral'
    default:
      return request satisfies never
  }
}
