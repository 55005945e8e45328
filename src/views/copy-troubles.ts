import type { Trouble } from '../domain/grant.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Text } from './view-model.ts'

/** By the stable codes of connectors and chat platforms; each can stand after a colon. */
const sentences: ReadonlyMap<string, string> = new Map(
  Object.entries({
    unreachable: 'the vault does not answer',
    timeout: 'the vault does not answer in time',
    'not-a-vault': 'something that is no vault answers at the vault’s address',
    sealed: 'the vault is sealed or not ready; somebody has to unseal it',
    failing: 'the vault answers with an error of its own',
    'rate-limited': 'the vault asks Latchkey to slow down',
    'login-limited': 'the vault asks Latchkey to slow down before it lets it log in',
    'too-large': 'the vault answered with more than Latchkey reads',
    redirected: 'the vault’s address redirects elsewhere, which Latchkey does not follow',
    'strange-answer': 'the vault’s answer is not one that Latchkey understands',
    refused: 'the vault refused what Latchkey asked',
    denied: 'the vault does not let Latchkey do this; a right is missing from its management policy',
    absent: 'the vault does not have what Latchkey asked for',
    'rights-missing': 'Latchkey’s management policy lacks a right that it needs',
    'no-such-mount': 'a mount that is configured does not exist at the vault',
    'bad-credentials': 'the vault refuses Latchkey’s own login; its secret id may have run out',
    'login-denied': 'the vault denies Latchkey’s own login there',
    'login-needs-mfa':
      'the vault demands a second factor (login MFA) of the people that Latchkey lets in; its administrator has to exempt their mount',
    'account-locked': 'the vault has locked the person’s own account there for a while',
    'database-busy': 'another program on its machine keeps Latchkey from writing to its database',
    'journal-unwritable': 'Latchkey cannot write its journal of names, without which it gives no access',
    'not-configured':
      'its integration was taken out of the configuration of Latchkey; it has to be put back, or an administrator ends this at the vault',
    'account-busy': 'another login of the same person is under way',
    'claim-lost': 'the vault was so slow that another step took over',
    'plan-changed': 'the vault would get something else than what was approved, so nothing was written; ask again',
    'not-offered': 'the configuration does not offer this any more, so nothing was written',
    'policy-differs': 'the vault kept another policy than the one that was approved; ask again',
    'user-differs': 'the vault kept other settings of the person’s account than were written; ask again',
    'not-rotatable': 'its own credentials could not be renewed; see the log for what is missing',
    'resource-gone': 'the vault no longer has what was asked for',
    'missing-at-vault': 'the policy of this access is gone from the vault',
    'still-works': 'the vault still accepts what should have ended',
    'not-proven': 'the vault did not confirm that access has ended',
    'not-drawn': 'an internal name is missing, so nothing was written',
    'not-ours': 'something at the vault carries the name of this access but was not made for it',
    'too-late': 'the time of this access was up before the step was done',
    'spent-unseen': 'the one-time credential had been spent by somebody else',
    'wrong-creation-path': 'the one-time credential was not made by Latchkey',
  }),
)

/** What keeps a step from succeeding, by its code; unknown codes are named, not hidden. */
export const troubleSentence = (code: string): string =>
  sentences.get(code) ?? `something came back that Latchkey did not expect (${code})`

/** The trouble with its times, such as "The vault does not answer, since …, next try …." */
export const troubleText = (trouble: Trouble, next?: Timestamp): Text => [
  sentenceCase(troubleSentence(trouble.code)),
  ', since ',
  { time: trouble.since },
  ...(next === undefined || trouble.code === 'not-configured' ? [] : [', next try ', { time: next }]),
  '.',
]

const sentenceCase = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)
