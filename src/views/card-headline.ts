import type { AccessRequest } from '../domain/access-request.ts'
import { isGuarded } from '../domain/card.ts'
import type { Grant } from '../domain/grant.ts'
import { lengthInWords } from '../domain/length.ts'
import { secondsUntil } from '../domain/time.ts'
import type { CardContext } from './card-context.ts'
import { closedText, type Named, type Subject } from './copy-states.ts'
import { durationText } from './copy-time.ts'
import { isDeniedWhole, itemText, namedItems } from './request-items.ts'
import type { Text } from './view-model.ts'

type Reader = Pick<CardContext, 'audience' | 'reach' | 'nameOf' | 'isOnlyVault' | 'isFollowed' | 'own'>

/** Whether the card is for the owners of what was asked for. */
export const isOwnerLike = ({ audience }: Reader): boolean => audience === 'owner' || audience === 'channel'

/** Whether items and reason are hidden: another organisation reads the channel, or may read it. */
export const isHidden = ({ audience, reach = 'unknown' }: Reader): boolean => audience === 'channel' && isGuarded(reach)

/** Names people; the requester is "you" on their own cards. */
export const namedOn =
  ({ request }: Subject, reader: Reader): Named =>
  (id) =>
    id === request.requester && !isOwnerLike(reader) ? 'you' : reader.nameOf(id)

/** The first line of a card: who, what, and how it stands. */
export const headlineOf = (subject: Subject, reader: Reader): Text => {
  const { request, grant } = subject
  const named = namedOn(subject, reader)
  if (request.state === 'pending') return askText(subject, reader)
  const who: Text = isOwnerLike(reader) ? [named(request.requester), ': '] : []
  const [what] = whatText(subject, reader)
  if (reader.isFollowed) return [...what, ': ', ...shortText(subject, reader), ', see below']
  const whole = isDeniedWhole(subject) && !isHidden(reader) ? [': all or nothing was wanted'] : []
  return [...who, ...what, ...(grant ? grantText(grant) : requestText(request, named)), ...whole]
}

const askText = (subject: Subject, reader: Reader): Text => {
  const { request } = subject
  const [what, joint] = whatText(subject, reader)
  const who: Text = isOwnerLike(reader) ? [reader.nameOf(request.requester), ' asks'] : ['You asked']
  const isTheirs = reader.audience === 'owner' && reader.own?.length !== 0
  return [...(isTheirs ? ['Please decide: '] : []), ...who, joint, ...what, ` for ${durationText(request.duration)}`]
}

/** What it is about, and the word before it in "asks … read kv/apps/db". */
const whatText = (subject: Subject, reader: Reader): readonly [what: Text, joint: string] => {
  const place: Text = reader.isOnlyVault ? [] : [' at ', { code: subject.request.integration }]
  if (isHidden(reader)) return [['access', ...place], ' for ']
  const all = subject.request.items
  const given = namedItems(subject)
  const [item = all[0]] = given
  if (all.length === 1) return [[...itemText(item), ...place], item.type === 'management' ? ' for ' : ' to ']
  const isPart = given.length > 0 && given.length < all.length
  const count = isPart ? `${given.length} of ${all.length}` : `${isDeniedWhole(subject) ? 'all ' : ''}${all.length}`
  return [[`${count} things`, ...place], ' for ']
}

const requestText = (request: AccessRequest, named: Named): Text => {
  switch (request.state) {
    case 'denied':
      return [' denied by ', named(request.by), ' ', { time: request.at }]
    case 'cancelled':
      return request.because === undefined
        ? [' cancelled by ', named(request.requester), ' ', { time: request.at }]
        : [' closed ', { time: request.at }, `: ${closedText[request.because]}`]
    case 'expired':
      return [' expired ', { time: request.at }, ': nobody decided in time']
    case 'pending':
    case 'approved':
      return [` for ${durationText(request.duration)}, being set up`]
    default:
      return request satisfies never
  }
}

const failed = 'could not be set up'

const grantText = (grant: Grant): Text => {
  switch (grant.state) {
    case 'provisioning':
      return [` for ${durationText(grant.duration)}, being set up`]
    case 'active': {
      const { since, expiresAt } = grant
      return [' until ', { time: expiresAt }, ` (${lengthInWords(secondsUntil(since, expiresAt), 2)})`]
    }
    case 'revoking':
      return [grant.because === 'provision-failed' ? ` ${failed}` : ', ending, not yet proved']
    case 'ended':
      return grant.because === 'provision-failed' ? [` ${failed}`] : [' ended ', { time: grant.at }]
    default:
      return grant satisfies never
  }
}

/** The state in few words, on a card whose rest is told by a newer one. The first card keeps who approved. */
const shortText = ({ request, grant }: Subject, { audience, nameOf }: Reader): Text => {
  if (request.state !== 'approved') return [request.state]
  if (audience === 'access' && grant?.state === 'ended') return ['ended ', { time: grant.at }]
  const approvers = request.decisions.filter(({ verdict }) => verdict === 'approve').map(({ by }) => by)
  const names = [...new Set(approvers)].flatMap((by, index) => [...(index === 0 ? [] : [' and ']), nameOf(by)])
  return ['approved by ', ...names, ...(grant ? nowText(grant) : [])]
}

const nowText = (grant: Grant): Text => {
  if (grant.state === 'provisioning' || grant.state === 'active') return []
  if (grant.because === 'provision-failed') return [`, ${failed}`]
  return [grant.state === 'revoking' ? ', ending' : ', over']
}
