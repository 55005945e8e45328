import type { AccessRequest } from '../domain/access-request.ts'
import type { Grant } from '../domain/grant.ts'
import type { CardContext } from './card-context.ts'
import type { Subject } from './copy-states.ts'
import type { Action } from './view-model.ts'

/** The buttons of a card: only those that can do something at this moment. */
export const cardActions = (subject: Subject, context: CardContext): readonly Action[] => {
  switch (context.audience) {
    case 'owner':
    case 'channel':
      return ownerActions(subject, context)
    case 'requester':
      return requesterActions(subject, context)
    case 'access':
      return accessActions(subject, context)
    case 'outcome':
      return []
    default:
      return context.audience satisfies never
  }
}

const ownerActions = ({ request, grant }: Subject, { now }: CardContext): Action[] => {
  if (request.state === 'pending' && request.decideBy > now) {
    return [
      {
        label: 'Approve',
        style: 'primary',
        command: { do: 'approve', request: request.id },
      },
      { label: 'Deny', style: 'danger', command: { do: 'deny', request: request.id } },
      policyAction(request),
    ]
  }
  return grant && isRunning(grant) ? [revokeAction(grant), policyAction(request)] : []
}

const requesterActions = ({ request, grant }: Subject, { now }: CardContext): Action[] => {
  if (request.state === 'pending' && request.decideBy > now) return [cancelAction(request), policyAction(request)]
  return grant?.state === 'provisioning' ? [giveBackAction(grant)] : []
}

const accessActions = ({ grant }: Subject, { now, link }: CardContext): Action[] => {
  if (grant?.state !== 'active' || grant.expiresAt <= now) return []
  return [
    ...(link ? [{ label: 'Open my one-time link', url: link.url } as const] : []),
    ...(grant.lapse ? [] : [linkAction(grant)]),
    giveBackAction(grant),
  ]
}

/** Whether an owner can still end it. */
export const isRunning = (grant: Grant): boolean => grant.state === 'provisioning' || grant.state === 'active'

/** Ends somebody's access early. */
export const revokeAction = ({ id }: Grant): Action => ({
  label: 'Revoke',
  style: 'danger',
  command: { do: 'revoke', grant: id },
})

const policyAction = ({ id }: AccessRequest): Action => ({
  label: 'Show the policy',
  command: { do: 'show-policy', request: id },
})

/** Takes a pending request back. */
export const cancelAction = ({ id }: AccessRequest): Action => ({
  label: 'Cancel request',
  command: { do: 'cancel', request: id },
})

/** Opens a new one-time link. */
export const linkAction = ({ id }: Grant): Action => ({
  label: 'Get my one-time link',
  style: 'primary',
  command: { do: 'get-link', grant: id },
})

/** Ends one's own access early. */
export const giveBackAction = ({ id }: Grant): Action => ({
  label: 'Give back now',
  command: { do: 'give-back', grant: id },
})
