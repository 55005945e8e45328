import type { Notice } from '../domain/card.ts'
import type { FetchLink } from '../domain/fetch-link.ts'
import type { Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { Text, Tone } from './view-model.ts'

type Misuse = Extract<Notice, { about: 'link-misused' }>

/** What somebody did with a one-time link, in words. */
export const misuseText = {
  'other-browser': 'The one-time link was opened a second time, from another browser than the first.',
  reported: 'The one-time link was used, and somebody who opened it later says that it was not them.',
  'other-person': 'Somebody opened the one-time link and signed in as another person than the one it is for.',
  'wrong-creation-path': 'The one-time credential was not the one that Latchkey made: somebody exchanged it.',
  'spent-unseen': 'The one-time credential was already spent when its holder wanted to use it.',
} satisfies { [How in Misuse['how']]: string }

type News = { readonly tone: Tone; readonly after: Text }

/** What has become of the credential that the link led to. The message about it changes with that. */
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
const seen = 'If the holder did not fetch it, treat what was granted as known to somebody else.'
const notWithdrawn =
  'Latchkey did not withdraw the credential, as configured. Revoke the access unless the holder can explain this.'
const otherPerson =
  'They were given nothing, and the link stays as it was. The audit names each account. If it was not the holder with another account of their own, find out how the link got there.'
