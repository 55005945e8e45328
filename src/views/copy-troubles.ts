import type { Trouble } from '../domain/grant.ts'
import type { Timestamp } from '../domain/time.ts'
import type { Text } from './view-model.ts'

/** Sentences by the stable codes of connectors and chat platforms; each can follow a colon. */
const sentences: ReadonlyMap<string, string> = new Map(
  Object.entries({
    unreachable: 'the vault does not answer',
    timeout: 'the vault does not answer in time',
    'not-a-vault': 'something other than a vault answers at the vault’s address',
    sealed: 'the vault is sealed or not ready; somebody must unseal it',
    failing: 'the vault answers with an internal error',
    'rate-limited': 'the vault asks Latchkey to slow down',
    'login-limited': 'the vault limits the rate of Latchkey’s own logins',
    'too-large': 'the vault answered with more than Latchkey reads',
    redirected: 'the vault’s address redirects elsewhere, and Latchkey follows no redirects',
    'strange-answer': 'Latchkey does not understand the vault’s answer',
    refused: 'the vault refused a call of Latchkey',
    denied: 'the vault does not let Latchkey do this; a right is missing from its management policy',
    absent: 'the vault does not have what Latchkey asked for',
    'rights-missing': 'Latchkey’s management policy lacks a right that it needs',
    'no-such-mount': 'a mount that is configured does not exist at the vault',
    'bad-credentials': 'the vault refuses Latchkey’s own login; its secret id or token may have expired',
    'secret-unreadable': 'Latchkey cannot read its own credentials in the Kubernetes secret',
    'login-denied': 'the vault denies Latchkey’s own login',
    'login-needs-mfa':
      'the vault demands a second factor (login MFA) at people’s logins; its administrator must exempt their mount',
    'account-locked': 'the vault has locked the person’s account for a while',
    'database-busy': 'another program on the machine locks Latchkey’s database',
    'database-away': 'Latchkey cannot reach its database',
    'journal-unwritable': 'Latchkey cannot write its journal of names, and gives no access without it',
    'not-configured':
      'its integration is no longer configured; an operator must restore it, or an administrator must end this at the vault',
    'account-busy': 'another login of the same person is running',
    'claim-lost': 'the vault was so slow that another step took over',
    'plan-changed': 'the vault would get another policy than the approved one, so nothing was written; ask again',
    'not-offered': 'the configuration does not offer this any more, so nothing was written',
    'beyond-limits': 'the remote connector beside the vault does not allow that by its own limits; ask for less',
    'not-understood':
      'the remote connector beside the vault does not understand the order: it must have the version of the server',
    'not-revealed': 'the vault is reached by a remote connector, so its tokens are opened only where they are used',
    'policy-differs': 'the vault stored another policy than the approved one; ask again',
    'user-differs': 'the vault stored other settings of the person’s account than Latchkey wrote; ask again',
    'role-changed': 'the role at the vault was changed, so that its end would not do what the owners read; ask again',
    'role-differs': 'the vault has another role than was configured or written, so nothing was given',
    'token-differs': 'the vault made another token than was asked for; it was ended, and nothing was given',
    'not-rotatable': 'its own credentials could not be renewed; see the log for what is missing',
    'resource-gone': 'the vault no longer has what was asked for',
    'missing-at-vault': 'the policy of this access is gone from the vault',
    'still-works': 'the vault still accepts a token that should have ended',
    'not-proven': 'the vault did not confirm that access has ended',
    'not-drawn': 'an internal name is missing, so nothing was written',
    'not-ours': 'something at the vault has the name of this access but was not made for it',
    'too-much-beneath': 'more lies beneath its folder than Latchkey can look at',
    'walk-unfinished': 'the vault does not tell in time what lies beneath its folder',
    'policy-too-large': 'more has to be left out than one policy can hold',
    'folder-unnameable': 'something in its folder has a name that no policy can leave out',
    'folder-unlisted': 'Latchkey may not see what lies in its folder',
    'too-late': 'the time of this access ended before the step was done',
    'spent-unseen': 'somebody else had already used the one-time credential',
    'wrong-creation-path': 'the one-time credential was not made by Latchkey',
  }),
)

/** Why a step does not succeed, by its code. An unknown code is shown as it is. */
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

/** The continuation of a sentence as a sentence of its own. */
export const asSentence = ([first = '', ...rest]: Text): Text => [
  typeof first === 'string' ? sentenceCase(first) : first,
  ...rest,
]

const sentenceCase = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)
