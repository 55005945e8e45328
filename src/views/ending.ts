import type { Notice } from '../domain/card.ts'
import { againAction, extendActions, giveBackAction, linkAction, openAccessAction } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { bare } from './copy.ts'
import { grantStateText, proofText, type Subject } from './copy-states.ts'
import { followerText } from './extension.ts'
import { pathsText } from './request-items.ts'
import type { MessageView, Text } from './view-model.ts'

type Context = Pick<CardContext, 'now' | 'nameOf' | 'isUnfetched' | 'goesOnUntil' | 'accessPage' | 'follower'>
type Ending = Required<Subject>

/** The messages to a holder about the planned end. */
export type EndingNotice = Extract<Notice, { about: 'end-near' | 'ended' }>

/** The message before the end, or the line at the end. */
export const endingCard = ({ about }: EndingNotice, context: Context, subject: Subject | undefined): MessageView => {
  const { request, grant } = subject ?? {}
  if (!request || !grant) throw new Error('news of an end without its access')
  return about === 'end-near' ? endNearCard({ request, grant }, context) : endedCard({ request, grant }, context)
}

/** Tells the holder that access ends soon. After that it is one line, without buttons. */
const endNearCard = ({ grant }: Ending, { now, nameOf, isUnfetched, accessPage, follower }: Context): MessageView => {
  const what = whatText(grant)
  if (grant.state !== 'active' || grant.expiresAt <= now) {
    return line(
      grant.state === 'ended' && grant.because === 'expired'
        ? ['This told you that the end was near. It has come: see below.']
        : [...what, ': ', ...grantStateText(grant, nameOf)],
    )
  }
  const isOffered = isUnfetched && !grant.lapse
  const fetching = isOffered ? [accessPage ? openAccessAction(accessPage) : linkAction(grant)] : []
  return {
    ...line([
      ...what,
      ' ends ',
      { time: grant.expiresAt },
      '.',
      ...(isUnfetched ? [' You have not fetched it yet.'] : []),
      ...followerNote(follower),
    ]),
    tone: 'waiting',
    actions: [...fetching, ...extendActions(grant, follower, 'Ask for more'), giveBackAction(grant)],
  }
}

/** The line at the planned end. */
const endedCard = ({ request, grant }: Ending, { nameOf, goesOnUntil, follower }: Context): MessageView => ({
  ...line(
    grant.state === 'ended'
      ? [
          ...whatText(grant),
          ' ended ',
          { time: grant.at },
          '.',
          ...(grant.proof ? [` ${proofText(grant.proof)}`] : []),
          ...(goesOnUntil === undefined
            ? followerNote(follower)
            : [' Your newer access to it goes on until ', { time: goesOnUntil }, '.']),
        ]
      : [...whatText(grant), ': ', ...grantStateText(grant, nameOf)],
  ),
  actions: grant.state === 'ended' && goesOnUntil === undefined && !follower ? [againAction(request)] : [],
})

const followerNote = (follower: Subject | undefined): Text => (follower ? [' ', ...followerText(follower, true)] : [])

const line = (text: Text): MessageView => ({ ...bare(text), headline: text, notes: [] })

const whatText = ({ items }: Ending['grant']): Text => {
  const paths = items.map(({ path }) => path)
  const [first = ''] = paths
  return ['Access to ', ...(paths.length > 3 ? [{ code: first }, ` and ${paths.length - 1} more`] : pathsText(paths))]
}
