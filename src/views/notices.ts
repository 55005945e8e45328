import type { Notice } from '../domain/card.ts'
import type { Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import { shortId } from '../domain/ids.ts'
import type { LapseReason } from '../domain/lapse.ts'
import type { Timestamp } from '../domain/time.ts'
import { isRunning, revokeAction } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { controlGroupCard } from './control-groups.ts'
import { sessionEndedNews } from './copy-sessions.ts'
import { type Subject, stateText } from './copy-states.ts'
import { plainText } from './copy-time.ts'
import { troubleSentence } from './copy-troubles.ts'
import { type EndingNotice, endingCard } from './ending.ts'
import { introductionNews } from './introduction.ts'
import { approvalText, misuseNews } from './misuse.ts'
import { narrowedNews } from './narrowed-news.ts'
import { placeNews } from './place-news.ts'
import { reminderLines, reminderNews, reminderQuotes } from './reminder.ts'
import { aboutPaths, allItemFields } from './request-items.ts'
import { secretsReadNews } from './rotation.ts'
import { stuckLeaseNews } from './stuck-lease.ts'
import { unopenedNews } from './unopened-news.ts'
import { unreachableNews } from './unreachable-news.ts'
import { useNews } from './use-text.ts'
import { vaultBack } from './vault-back.ts'
import type { Action, MessageView, Text, Tone } from './view-model.ts'
import { welcomeNews } from './welcome.ts'

type News = {
  readonly title: string
  readonly tone: Tone
  readonly text: Text
  readonly after?: readonly Text[]
  readonly actions?: readonly Action[]
  readonly code?: readonly string[]
}

/** News in a separate message, with the present state. `subject` is the request in question, if there is one. */
export const noticeCard = (notice: Notice, context: Omit<CardContext, 'audience'>, subject?: Subject): MessageView => {
  if (notice.about === 'end-near' || notice.about === 'ended') return endingCard(notice, context, subject)
  if (notice.about === 'control-group') {
    if (!context.controlGroup) throw new Error('news about a control group without it')
    return controlGroupCard(notice.as, context.controlGroup, context)
  }
  const { title, tone, text, after = [], actions = [], code } = newsOf(notice, context, subject)
  const isUnproved = notice.about === 'not-revoked' || notice.about === 'not-withdrawn'
  const isManual = isUnproved && context.manualRevoke !== undefined
  const asking = notice.about === 'reminder' ? reminderLines(notice, context, subject) : []
  return {
    title,
    tone,
    summary: `${title}. ${plainText(text)}`,
    lines: asking,
    fields:
      subject && asking.length === 0
        ? [
            { label: 'Who', value: [context.nameOf(subject.request.requester)] },
            ...allItemFields(subject),
            ...(context.isOnlyVault ? [] : [{ label: 'Where', value: [{ code: subject.request.integration }] }]),
            {
              label: 'State',
              value:
                notice.about === 'link-misused' ? approvalText(subject, context) : stateText(subject, context.nameOf),
            },
          ]
        : [],
    quotes: notice.about === 'reminder' ? reminderQuotes(notice, context, subject) : [],
    notes: [
      text,
      ...after,
      ...(isManual ? [['If it is urgent, an administrator of the vault can end it by hand with:']] : []),
    ],
    ...(isManual && context.manualRevoke && { code: [context.manualRevoke] }),
    ...(code && code.length > 0 && { code }),
    ...(notice.about === 'introduction' && { code: notice.lines }),
    ...(notice.about === 'lease-stuck' && { code: notice.commands }),
    actions,
    ...(subject && { small: [['Request ', { code: shortId(subject.request.id) }]] }),
  }
}

const lapseText = {
  'person-removed': 'The holder is no longer in the people file.',
  'account-deactivated': 'The account of the holder was deactivated in the chat.',
  'requester-removed': 'The holder may no longer request from there.',
  'not-offered': 'The configuration does not offer this any more.',
} satisfies { [Why in LapseReason]: string }

const lapseAfter =
  'Latchkey gives no new credential. A fetched one works until the access ends: revoke the access if it should not.'

const newsOf = (
  notice: Exclude<Notice, EndingNotice | { readonly about: 'control-group' }>,
  context: Omit<CardContext, 'audience'>,
  subject?: Subject,
): News => {
  const grant = subject?.grant
  switch (notice.about) {
    case 'rerouted':
      return {
        title: 'A request has new owners',
        tone: 'neutral',
        text: [
          ...aboutPaths(notice.items ?? []),
          'The owner of the resource has changed since the request: it was for ',
          { code: notice.from },
          ' to decide and is now for ',
          { code: notice.to },
          '. Earlier decisions do not count.',
        ],
      }
    case 'owners-unreachable':
      return unreachableNews(notice, context.nameOf)
    case 'link-misused':
      return misuseNews(notice, context, subject)
    case 'reminder':
      return reminderNews(notice, context, subject)
    case 'introduction':
      return introductionNews(notice)
    case 'secrets-read':
      return secretsReadNews(notice, context.rotations)
    case 'credential-unopened':
      return unopenedNews(notice, grant)
    case 'not-revoked':
      if (grant?.state === 'ended') return proved('Access is revoked after all', grant.at)
      return {
        title: 'Access is not yet revoked',
        tone: 'bad',
        text: [`Latchkey cannot end this access yet: ${troubleSentence(notice.code)}. It keeps trying.`],
      }
    case 'not-withdrawn':
      if (grant?.state === 'ended') return proved('Access is revoked after all', grant.at)
      if (grant?.state === 'active' && !isWithdrawing(grant)) return withdrawn
      return {
        title: 'A credential is not yet withdrawn',
        tone: 'bad',
        text: [
          `There was an alarm about its one-time link. Latchkey cannot withdraw the credential yet: ${troubleSentence(notice.code)}. It keeps trying.`,
        ],
      }
    case 'not-narrowed':
    case 'not-narrowable':
      return { ...narrowedNews(notice), actions: grant && isRunning(grant) ? [revokeAction(grant)] : [] }
    case 'access-narrowed':
      return narrowedNews(notice, subject)
    case 'vault-back':
      return vaultBack(notice)
    case 'directory-rejected':
      return {
        title: 'The people file was rejected',
        tone: 'bad',
        text: ['The last valid file stays in use until this is repaired: ', { code: notice.problem }],
      }
    case 'access-lapsed':
      return {
        title: notice.isEnding ? 'Access ends: its holder may not have it' : 'Should this access continue?',
        tone: 'bad',
        text: [`${lapseText[notice.why]} ${notice.isEnding ? 'The access is being ended.' : lapseAfter}`],
        actions: grant && isRunning(grant) ? [revokeAction(grant)] : [],
      }
    case 'removals-held':
      return {
        title: 'Many would lose their access',
        tone: 'bad',
        text: [
          `${notice.people} people with ${notice.grants} accesses may no longer have them. That looks like a mistake in the people file, so the accesses end only `,
          { time: notice.endsAt },
          '. Until then they give no new credentials.',
        ],
        after: [
          [
            'If it is a mistake, correct the file before then. If it is intended, an operator ends them at once with ',
            { code: 'latchkey people confirm' },
            '.',
          ],
        ],
      }
    case 'removals-called-off':
      return {
        title: 'Nobody loses their access',
        tone: 'good',
        text: [`The people file was corrected in time, so ${notice.grants} accesses continue as approved.`],
      }
    case 'access-missing':
      return {
        title: 'Access disappeared from the vault',
        tone: 'bad',
        text: [
          `The policy of this access is gone from the vault, but Latchkey did not remove it. ${endingSentence(grant)}`,
        ],
      }
    case 'access-altered':
      return {
        title: 'Access was changed at the vault',
        tone: 'bad',
        text: [
          `Somebody changed the policy of this access at the vault. ${endingSentence(grant)} The vault’s own audit log shows who did it.`,
        ],
      }
    case 'place-away':
    case 'place-back':
      return placeNews(notice)
    case 'welcome':
      return welcomeNews(context.typing)
    case 'session-ended':
      return sessionEndedNews(notice)
    case 'lease-stuck':
    case 'lease-gone':
      return stuckLeaseNews(notice)
    case 'use-unapproved':
    case 'use-unknown':
      return useNews(notice)
    case 'leftover-removed':
      return {
        title: 'A leftover was removed',
        tone: 'neutral',
        text: [
          'At ',
          { code: notice.integration },
          ' an object had a name of Latchkey but belonged to no access, so Latchkey removed it: ',
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
  text: ['Latchkey could not end it at first. The end was proved ', { time: at }, '.'],
})

const withdrawn: News = {
  title: 'The credential is withdrawn after all',
  tone: 'good',
  text: ['Latchkey could not withdraw it at first. It is now proved that the credential no longer works.'],
}

const endingSentence = (grant: Grant | undefined): string =>
  grant?.state === 'ended' ? 'The access has ended.' : 'The access is being ended.'
