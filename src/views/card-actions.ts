import type { AccessRequest } from '../domain/access-request.ts'
import type { Grant } from '../domain/grant.ts'
import type { CardContext } from './card-context.ts'
import type { NameOf, Subject } from './copy-states.ts'
import { durationText } from './copy-time.ts'
import { nameMarks } from './names.ts'
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

const ownerActions = ({ request, grant }: Subject, { now, nameOf }: CardContext): Action[] => {
  if (request.state === 'pending' && request.decideBy > now) {
    return [
      {
        label: 'Approve',
        style: 'primary',
        command: { do: 'approve', request: request.id },
        confirm: {
          title: 'Approve this access?',
          text: `${whoWhatHowLong(request, nameOf)} Access starts at once.`,
          yes: 'Approve',
          no: 'Not now',
        },
      },
      { label: 'Deny', style: 'danger', command: { do: 'deny', request: request.id } },
      policyAction(request),
    ]
  }
  return grant && isRunning(grant) ? [revokeAction(request, grant, nameOf), policyAction(request)] : []
}

const requesterActions = ({ request, grant }: Subject, { now }: CardContext): Action[] => {
  if (request.state === 'pending' && request.decideBy > now) return [cancelAction(request), policyAction(request)]
  return grant?.state === 'provisioning' ? [giveBackAction(grant)] : []
}

const accessActions = ({ grant }: Subject, { now, link }: CardContext): Action[] => {
  if (grant?.state !== 'active' || grant.expiresAt <= now) return []
  return [
    ...(link ? [{ label: 'Open my one-time link', url: link.url } as const] : []),
    linkAction(grant),
    giveBackAction(grant),
  ]
}

/** Whether an owner can still end it. */
export const isRunning = (grant: Grant): boolean => grant.state === 'provisioning' || grant.state === 'active'

const whoWhatHowLong = ({ requester, items, duration }: AccessRequest, nameOf: NameOf): string =>
  `${nameOf(requester).person}, for ${durationText(duration)}: ${items.map(({ permission, path }) => `${permission} on ${shortPath(path)}${markOf(path)}`).join(', ')}.`

const markOf = (path: string): string => (nameMarks(path).length === 0 ? '' : ' (may be taken for another name)')

/** The end of a path tells it apart from its neighbours, so the beginning is what gives way. */
const shortPath = (path: string): string => (path.length <= 120 ? path : `…${path.slice(-119)}`)

/** Ends somebody's access early. */
export const revokeAction = (request: AccessRequest, grant: Grant, nameOf: NameOf): Action => ({
  label: 'Revoke',
  style: 'danger',
  command: { do: 'revoke', grant: grant.id },
  confirm: {
    title: 'Revoke this access?',
    text: `${whoWhatHowLong(request, nameOf)} It ends now, in the middle of whatever it is used for.`,
    yes: 'Revoke',
    no: 'Keep it',
  },
})

const policyAction = ({ id }: AccessRequest): Action => ({
  label: 'Show the policy',
  command: { do: 'show-policy', request: id },
})

/** Takes a pending request back. */
export const cancelAction = ({ id }: AccessRequest): Action => ({
  label: 'Cancel request',
  command: { do: 'cancel', request: id },
  confirm: {
    title: 'Cancel this request?',
    text: 'Nobody will decide on it any more. You can ask again at any time.',
    yes: 'Cancel request',
    no: 'Keep it',
  },
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
  confirm: {
    title: 'Give this access back?',
    text: 'It ends now, also for what is signed in with it. You can ask again at any time.',
    yes: 'Give back',
    no: 'Keep it',
  },
})
