import type { Notice } from '../domain/card.ts'
import type { FetchLink } from '../domain/fetch-link.ts'
import type { Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { Text, Tone } from './view-model.ts'

type Misuse = Extract<Notice, { about: 'link-misused' }>

/** What somebody did with a one-time link, in words. */
export const misuseText = {
  'other-browser': 'The one-time link was opened a second time, from another browser than the first.',
  reported: 'The one-time link was used. A person who opened it later reports that they did not use it.',
  'other-person': 'Somebody opened the one-time link and signed in as another person than its holder.',
  'wrong-creation-path': 'The one-time credential was not made by Latchkey: somebody replaced it.',
  'spent-unseen': 'The one-time credential was already used when its holder wanted to use it.',
} satisfies { [How in Misuse['how']]: string }

/** The title of the message about each misuse. */
export const misuseTitle = {
  'other-browser': 'A one-time link was opened twice',
  reported: 'A one-time link was reported',
  'other-person': 'A one-time link was opened by another person',
  'wrong-creation-path': 'A one-time credential was replaced',
  'spent-unseen': 'A one-time credential was used by somebody else',
} satisfies { [How in Misuse['how']]: string }

type News = { readonly tone: Tone; readonly after: Text }

/** What happened to the credential of the link. The message changes with it. */
export const misuseNews = ({ how, revoked }: Misuse, link: FetchLink | undefined, grant: Grant | undefined): News => {
  if (how === 'other-person') return { tone: 'bad', after: [otherPerson] }
  const credential = link?.credential
  const anew = grant?.state === 'active' ? ` ${newLink}` : ''
  if (credential?.state === 'withdrawn') {
    return {
      tone: 'neutral',
      after: [
        'The credential is withdrawn: it was proved ',
        { time: credential.since },
        ` that it no longer works.${anew} ${seen}`,
      ],
    }
  }
  if (credential?.state === 'superseded') {
    return { tone: 'neutral', after: [`A newer credential took its place, so it no longer works. ${seen}`] }
  }
  if (grant?.state === 'ended') {
    return {
      tone: 'neutral',
      after: ['The access ended ', { time: grant.at }, `, and the credential with it. ${seen}`],
    }
  }
  if (link && !credential) return { tone: 'neutral', after: [`No credential was given for it.${anew}`] }
  if (revoked && grant?.state === 'active' && !isWithdrawing(grant))
    return { tone: 'neutral', after: [`The credential is withdrawn.${anew} ${seen}`] }
  if (grant?.state === 'revoking')
    return { tone: 'bad', after: [`The access is ending, and the credential with it; that is not yet proved. ${seen}`] }
  return {
    tone: 'bad',
    after: [revoked ? `Latchkey is withdrawing that credential; this is not yet proved.${anew} ${seen}` : notWithdrawn],
  }
}

const newLink = 'The approval stands: the holder can press the button for a new link.'
const seen = 'If the holder did not fetch it, assume that somebody else knows what it opened.'
const notWithdrawn =
  'Latchkey did not withdraw the credential, as configured. Revoke the access unless the holder can explain this.'
const otherPerson =
  'That person got nothing, and the link still works. The audit log names each account. Unless the holder used a second account, find out how somebody else got the link.'
