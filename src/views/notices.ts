import type { Notice } from '../domain/card.ts'
import type { Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { LapseReason } from '../domain/lapse.ts'
import { isSilence } from '../domain/outage.ts'
import type { Timestamp } from '../domain/time.ts'
import { isRunning, revokeAction } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { stateText } from './cards.ts'
import type { Subject } from './copy-states.ts'
import { plainText } from './copy-time.ts'
import { troubleSentence } from './copy-troubles.ts'
import { misuseNews, misuseText } from './misuse.ts'
import { aboutPaths, itemFields } from './request-items.ts'
import { unreachableNews } from './unreachable-news.ts'
import type { MessageView, Text, Tone } from './view-model.ts'

type News = { readonly title: string; readonly tone: Tone; readonly text: Text; readonly after?: Text }

/** News in a message of its own, as things stand now: the subject is the request that it is about, if it is about one. */
export const noticeCard = (notice: Notice, context: Omit<CardContext, 'audience'>, subject?: Subject): MessageView => {
  const { title, tone, text, after } = newsOf(notice, context, subject)
  const isUnproved = notice.about === 'not-revoked' || notice.about === 'not-withdrawn'
  const isManual = isUnproved && context.manualRevoke !== undefined
  return {
    title,
    tone,
    summary: `${title}. ${plainText(text)}`,
    fields: subject
      ? [
          { label: 'Who', value: [context.nameOf(subject.request.requester)] },
          ...itemFields(subject),
          { label: 'Where', value: [{ code: subject.request.integration }] },
          { label: 'State', value: stateText(subject, context.nameOf) },
        ]
      : [],
    quotes: [],
    notes: [
      text,
      ...(after ? [after] : []),
      ...(isManual ? [['If it cannot wait, an administrator of the vault ends it by hand with:']] : []),
    ],
    ...(isManual && context.manualRevoke && { code: [context.manualRevoke] }),
    actions:
      notice.about === 'access-lapsed' && subject?.grant && isRunning(subject.grant)
        ? [revokeAction(subject.grant)]
        : [],
  }
}

const waitingText = (count: number): string => {
  if (count === 0) return 'Nothing waited for it.'
  return count === 1
    ? 'One access that waited for it is seen to now.'
    : `${count} accesses that waited for it are seen to now.`
}

/** A vault that refused everything was never silent. */
const vaultBack = ({ integration, since, count, code }: Extract<Notice, { about: 'vault-back' }>): News => {
  const wasSilent = code === undefined || isSilence(code)
  const trouble = wasSilent ? [' was silent since ', { time: since }] : [' was not usable since ', { time: since }]
  const why = wasSilent ? '' : `, as ${troubleSentence(code)}`
  return {
    title: wasSilent ? 'The vault answers again' : 'The vault can be used again',
    tone: 'good',
    text: [{ code: integration }, ...trouble, `${why}. ${waitingText(count)}`],
  }
}

const lapseText = {
  'person-removed': 'The holder is no longer in the people file.',
  'account-deactivated': 'The account of the holder was deactivated in the chat.',
  'requester-removed': 'The holder may no longer request from there.',
  'not-offered': 'The configuration does not offer this any more.',
} satisfies { [Why in LapseReason]: string }

const lapseAfter =
  'No new credential is given. One that was fetched before works to the end of the access: revoke it if it should not.'

const newsOf = (
  notice: Notice,
  { nameOf, misusedLink }: Pick<CardContext, 'nameOf' | 'misusedLink'>,
  subject?: Subject,
): News => {
  const grant = subject?.grant
  switch (notice.about) {
    case 'rerouted':
      return {
        title: 'A request changed hands',
        tone: 'neutral',
        text: [
          ...aboutPaths(notice.items ?? []),
          'The owner of the resource changed since the request was made: it was for ',
          { code: notice.from },
          ' to decide and is now for ',
          { code: notice.to },
          '. Earlier decisions do not count.',
        ],
      }
    case 'owners-unreachable':
      return unreachableNews(notice, nameOf)
    case 'link-misused':
      return {
        title: 'A one-time link was misused',
        text: [misuseText[notice.how]],
        ...misuseNews(notice, misusedLink, grant),
      }
    case 'not-revoked':
      if (grant?.state === 'ended') return proved('Access is revoked after all', grant.at)
      return {
        title: 'Access is not yet revoked',
        tone: 'bad',
        text: [
          `Latchkey tries to end this access and does not get through: ${troubleSentence(notice.code)}. It keeps trying.`,
        ],
      }
    case 'not-withdrawn':
      if (grant?.state === 'ended') return proved('Access is revoked after all', grant.at)
      if (grant?.state === 'active' && !isWithdrawing(grant)) return withdrawn
      return {
        title: 'A credential is not yet withdrawn',
        tone: 'bad',
        text: [
          `Its one-time link was misused. Latchkey tries to withdraw it and does not get through: ${troubleSentence(notice.code)}. It keeps trying.`,
        ],
      }
    case 'vault-back':
      return vaultBack(notice)
    case 'directory-rejected':
      return {
        title: 'The people file was rejected',
        tone: 'bad',
        text: ['The last good one stays in use until this is repaired: ', { code: notice.problem }],
      }
    case 'access-lapsed':
      return {
        title: notice.isEnding ? 'Access ends: its holder may not have it' : 'Should this access go on?',
        tone: 'bad',
        text: [`${lapseText[notice.why]} ${notice.isEnding ? 'The access is being ended.' : lapseAfter}`],
      }
    case 'removals-held':
      return {
        title: 'Many would lose their access',
        tone: 'bad',
        text: [
          `${notice.people} people with ${notice.grants} accesses may not have them any more. That looks like a mistake in the people file, so the accesses end only `,
          { time: notice.endsAt },
          '. None of them gives a new credential meanwhile.',
        ],
        after: [
          'If it is a mistake, correct the file before then. If it is meant, an operator ends them at once with ',
          { code: 'latchkey people confirm' },
          '.',
        ],
      }
    case 'removals-called-off':
      return {
        title: 'Nobody loses their access',
        tone: 'good',
        text: [`The people file was corrected in time, so ${notice.grants} accesses go on as they were approved.`],
      }
    case 'access-missing':
      return {
        title: 'Access vanished from the vault',
        tone: 'bad',
        text: [
          `The policy of this access is gone from the vault, though Latchkey did not remove it. ${endingSentence(grant)}`,
        ],
      }
    case 'access-altered':
      return {
        title: 'Access was changed at the vault',
        tone: 'bad',
        text: [
          `The policy of this access is no longer what was approved: somebody changed it at the vault. ${endingSentence(grant)} The vault’s own audit log says who did it.`,
        ],
      }
    case 'place-away':
      return {
        title: 'A part of the vault is away',
        tone: 'bad',
        text: [
          { code: notice.place },
          ' of ',
          { code: notice.integration },
          `: ${troubleSentence(notice.code)}. The rest goes on.`,
        ],
        after: [
          'What lies there stays listed, but nothing of it can be approved until Latchkey can look into it again. You will be told. If that is meant, take it out of the configuration.',
        ],
      }
    case 'place-back':
      return {
        title: 'A part of the vault is back',
        tone: 'good',
        text: [{ code: notice.place }, ' of ', { code: notice.integration }, ' can be looked into again.'],
      }
    case 'leftover-removed':
      return {
        title: 'A leftover was removed',
        tone: 'neutral',
        text: [
          'At ',
          { code: notice.integration },
          ' something carried Latchkey’s name and belonged to no access, so it was removed: ',
          { code: notice.name },
        ],
      }
    default:
      return notice satisfies never
  }
}

const proved = (title: string, at: Timestamp): News => ({
  title,
  tone: 'good',
  text: ['Latchkey did not get through at first. The end is proved since ', { time: at }, '.'],
})

const withdrawn: News = {
  title: 'The credential is withdrawn after all',
  tone: 'good',
  text: ['Latchkey did not get through at first. It is proved that the credential no longer works.'],
}

const endingSentence = (grant: Grant | undefined): string =>
  grant?.state === 'ended' ? 'The access has ended.' : 'The access is being ended.'
