import type { AccessRequest } from '../domain/access-request.ts'
import type { Grant } from '../domain/grant.ts'
import { isFetched } from '../domain/workload.ts'
import type { CardContext } from './card-context.ts'
import type { Subject } from './copy-states.ts'
import { isCutOnCard, showAllLabel } from './request-items.ts'
import type { Action } from './view-model.ts'

/** The buttons of a card: only those that can work at this moment. */
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
      return [...againActions(subject, context), ...listActions(subject)]
    default:
      return context.audience satisfies never
  }
}

const ownerActions = (subject: Subject, { now, own, isBystander }: CardContext): Action[] => {
  const { request, grant } = subject
  if (request.state === 'pending' && request.decideBy > now) {
    if (own?.length === 0) return [policyAction(request), ...listActions(subject)]
    return [...decideActions(request), policyAction(request), ...listActions(subject)]
  }
  if (!grant || !isRunning(grant)) return listActions(subject)
  return [...(isBystander ? [] : [revokeAction(grant)]), policyAction(request), ...listActions(subject)]
}

const requesterActions = (subject: Subject, context: CardContext): Action[] => {
  const { request, grant } = subject
  const { now } = context
  const list = listActions(subject)
  if (request.state === 'pending' && request.decideBy > now) {
    return [remindAction(request), cancelAction(request), policyAction(request), ...list]
  }
  return [
    ...(grant?.state === 'provisioning' ? [giveBackAction(grant)] : []),
    ...againActions(subject, context),
    ...list,
  ]
}

/** An extension under way is the same request again. */
const againActions = (subject: Subject, { follower }: Pick<CardContext, 'follower'>): Action[] =>
  isOver(subject) && !follower ? [againAction(subject.request)] : []

/** Whether the request gives nothing more: it was not approved, or its access has ended. */
export const isOver = ({ request, grant }: Subject): boolean =>
  grant ? grant.state === 'ended' : request.state !== 'pending' && request.state !== 'approved'

/** Opens the list of all items when the card names only some. */
const listActions = (subject: Subject): Action[] =>
  isCutOnCard(subject)
    ? [{ label: showAllLabel(subject), command: { do: 'show-items', request: subject.request.id } }]
    : []

const accessActions = (subject: Subject, context: CardContext): Action[] => {
  const { grant } = subject
  const { now, link, follower } = context
  const list = listActions(subject)
  if (grant?.state !== 'active' || grant.expiresAt <= now) return [...againActions(subject, context), ...list]
  return [
    ...(link ? [{ label: 'Open my one-time link', url: link.url } as const] : []),
    ...(grant.lapse ? [] : fetchActions(grant, context)),
    ...extendActions(grant, follower),
    giveBackAction(grant),
    ...list,
  ]
}

/** A workload that logs in by itself has nothing to fetch; its page says how it logs in. */
const fetchActions = (grant: Grant, { link, accessPage }: CardContext): Action[] => {
  if (!isFetched(grant.workload))
    return accessPage ? [{ ...openAccessAction(accessPage), label: 'How it logs in' }] : []
  return link || !accessPage ? [linkAction(grant)] : [openAccessAction(accessPage), unstyled(linkAction(grant))]
}

/** The same button beside a more important one. */
export const unstyled = ({ style: _, ...plain }: Action): Action => plain

/** The two verdicts of an owner. */
export const decideActions = ({ id }: AccessRequest): Action[] => [
  { label: 'Approve', style: 'primary', command: { do: 'approve', request: id } },
  { label: 'Deny', style: 'danger', command: { do: 'deny', request: id } },
]

/** Whether an owner can still end the grant. */
export const isRunning = (grant: Grant): boolean => grant.state === 'provisioning' || grant.state === 'active'

/** Ends another person's access early. */
export const revokeAction = ({ id }: Grant): Action => ({
  label: 'Revoke',
  style: 'danger',
  command: { do: 'revoke', grant: id },
})

const policyAction = ({ id }: AccessRequest): Action => ({
  label: 'Show the policy',
  command: { do: 'show-policy', request: id },
})

/** Reminds the owners, in a new message. */
export const remindAction = ({ id }: AccessRequest): Action => ({
  label: 'Remind them',
  command: { do: 'remind', request: id },
})

/** Cancels a pending request. */
export const cancelAction = ({ id }: AccessRequest): Action => ({
  label: 'Cancel request',
  command: { do: 'cancel', request: id },
})

/** Opens the request form, filled in from this request. */
export const againAction = ({ id }: AccessRequest): Action => ({
  label: 'Request again',
  command: { do: 'request-again', request: id },
})

/** Opens the form that asks for more time. */
export const extendAction = ({ id }: Grant, label = 'Extend'): Action => ({
  label,
  command: { do: 'extend', grant: id },
})

/** The button for more time, where more can be asked for. */
export const extendActions = (grant: Grant, follower: Subject | undefined, label?: string): Action[] =>
  grant.state === 'active' && !grant.lapse && !follower ? [extendAction(grant, label)] : []

/** Opens a new one-time link. */
export const linkAction = ({ id }: Grant): Action => ({
  label: 'Get my one-time link',
  style: 'primary',
  command: { do: 'get-link', grant: id },
})

/** Opens the page that gives the access after a sign-in. Its address holds no secret. */
export const openAccessAction = (url: string): Action => ({ label: 'Open my access', style: 'primary', url })

/** Ends one's own access early. */
export const giveBackAction = ({ id }: Grant): Action => ({
  label: 'Give back now',
  command: { do: 'give-back', grant: id },
})

/** Opens the request form. */
export const requestAction: Action = { label: 'Request access', style: 'primary', command: { do: 'request' } }
