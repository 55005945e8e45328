import type { Refusal } from '../domain/refusal.ts'
import { apiRefusals } from './copy-api.ts'
import { controlGroupRefusals } from './copy-control-groups.ts'
import { lendingRefusals } from './copy-lending.ts'
import { sessionRefusals } from './copy-sessions.ts'
import { durationText, plainText } from './copy-time.ts'
import { troubleSentence } from './copy-troubles.ts'
import { workloadRefusals } from './copy-workloads.ts'
import { writtenRefusals } from './copy-written.ts'
import type { ChangeCommand, MessageView, Text } from './view-model.ts'

type Coded<Code extends Refusal['code']> = Extract<Refusal, { code: Code }>
type Sentences = { [Code in Refusal['code']]: (refusal: Coded<Code>) => Text }

const admissionText = {
  guest: 'Guests cannot use Latchkey. Ask a full member of the organisation to request or decide for you.',
  external: 'People of another organisation cannot use Latchkey. Ask your contact here to request or decide for you.',
  deactivated: 'This account is deactivated, so it cannot be used here.',
  bot: 'Apps and bots cannot use Latchkey: a person has to ask and a person has to decide.',
  'other-workspace':
    'Latchkey does not serve the organisation of this account. Use an account of the one it was set up for.',
} satisfies { [Why in Coded<'not-admitted'>['why']]: string }

const notPendingText = {
  pending: 'has changed in the meantime',
  approved: 'has already been approved',
  denied: 'has already been denied',
  cancelled: 'was cancelled or closed',
  expired: 'has expired, because nobody decided in time',
} satisfies { [State in Coded<'not-pending'>['state']]: string }

const notActiveText = {
  'not-yet': 'This access is still being set up. You get a message as soon as it is ready.',
  ending: 'This access is ending and gives no new link. Request it again if you still need it.',
  ended: 'This access has ended. Request it again if you still need it.',
} satisfies { [State in Coded<'access-not-active'>['state']]: string }

/** One true sentence for every refusal, with what to do next. */
export const refusalText = {
  'unknown-person': () => ['Latchkey does not know you yet.'],
  'not-admitted': ({ why }) => [admissionText[why]],
  'not-a-requester': ({ integration }) =>
    integration === ''
      ? ['You may not request anything here: you are in no group that may.']
      : ['You are not among those who may request from ', { code: integration }, '. Ask its owners to add you.'],
  'no-such-resource': () => [
    'Nothing has that name here. Search with the request command, and pick an entry of the list.',
  ],
  'cannot-be-granted': ({ obstacle }) => [
    'This cannot be granted safely: ',
    obstacle,
    '. Ask the owners of the integration.',
  ],
  'not-offered': ({ path }) => [
    'The configuration does not offer ',
    { code: path },
    ' any more, so nobody gets access to it. Ask the owners of the integration.',
  ],
  'too-much-beneath': ({ most }) => [
    `More than ${most} secrets and folders lie beneath this folder, too many to look at one by one. Ask for a smaller folder in it.`,
  ],
  'walk-unfinished': () => [
    'The vault did not tell in time what lies beneath this folder, so nothing was given. Ask for a smaller folder in it, or try again later.',
  ],
  'policy-too-large': () => [
    'Too much beneath this folder has to be left out, more than one policy can hold. Ask for a smaller folder in it.',
  ],
  'folder-unnameable': () => [
    'Something directly in this folder has a name that no policy can leave out. Ask for a smaller folder in it, or for its owner to rename that.',
  ],
  'folder-unlisted': () => [
    'Latchkey may not see what lies in this folder, so nobody can have it. Ask for another folder, or ask the owners of the integration.',
  ],
  'no-such-permission': ({ permission }) => [
    'The permission ',
    { code: permission },
    ' is not offered for this resource. Pick one from the list.',
  ],
  'duration-not-offered': ({ longest }) => [`Pick a time from the list; the longest is ${durationText(longest)}.`],
  'no-later-end': ({ until }) => [
    'That would not end later than the access that you have, which ends ',
    { time: until },
    '. Pick a longer time.',
  ],
  'place-away': ({ place, since, why }) => [
    'Nothing in ',
    { code: place },
    ` can be given out: ${troubleSentence(why)}, since `,
    { time: since },
    '. The owners of the integration were told; ask them.',
  ],
  'too-many-items': ({ most }) => [`Ask for ${most} things at most, or send several requests.`],
  'other-integration': ({ integration }) => [
    'Everything in one request lies in the same vault, here ',
    { code: integration },
    '. Send another request for this.',
  ],
  'already-asked': ({ state }) => [
    state === 'pending'
      ? 'You already asked for exactly this, and it waits for a decision.'
      : 'You already have exactly this access.',
  ],
  'too-many-open': ({ most }) => [
    `You have ${most} pending requests, which is the limit for one person. Cancel one, or wait.`,
  ],
  'too-many-requests': ({ most, again }) => [
    `You have made ${most} requests within an hour, which is the limit for one person. You can ask again `,
    { time: again },
    '.',
  ],
  'too-many-searches': () => ['Too many searches in a minute. Wait a little, then type again.'],
  'nobody-to-decide': () => [
    'Only you could decide on this, but nobody decides on their own request. Ask an administrator to name another owner.',
  ],
  'no-owner': () => [
    'No owner of this can be reached, so nobody could decide. Ask an administrator to add its owners to the people file.',
  ],
  'no-such-request': () => ['Latchkey no longer knows this request. Look at your newest messages, or ask again.'],
  'own-request': () => ['You cannot decide on your own request. Another owner has to.'],
  'not-an-owner': () => ['Only the owners of this resource can do that.'],
  'already-decided-by-you': () => ['You have already decided on this request. It waits for another owner now.'],
  'part-decided': () => [
    'Your part of this request is decided already. It waits for the owners of the rest, so there is nothing for you to do.',
  ],
  'part-changed': () => [
    'What you would decide on has changed since the dialog opened, so nothing was decided. Press the button again.',
  ],
  'plan-changed': () => [
    'What the vault would get is not what was approved any more, so nothing is given. The requester has to ask again.',
  ],
  'not-pending': ({ state, by, wish }) => [
    `This request ${notPendingText[state]}${by ? ` (${by})` : ''}, ${
      wish === 'cancel' && state === 'approved'
        ? 'so it cannot be cancelled. To end the access, give it back with the button in its own message.'
        : 'so there is nothing left to decide.'
    }`,
  ],
  'deadline-passed': ({ at }) => [
    'The time for a decision ended ',
    { time: at },
    '. The requester can ask again if it is still needed.',
  ],
  'not-the-requester': () => ['Only the person who asked can do that.'],
  'reminded-lately': ({ again }) => [
    'You reminded them a short while ago. You can remind them again ',
    { time: again },
    '.',
  ],
  'nobody-to-remind': () => [
    'Nobody who decides on this can be reached in chat. Ask an administrator: “latchkey doctor” says why.',
  ],
  'introduced-lately': ({ again }) => [
    'The administrators have your lines already. You can ask them again ',
    { time: again },
    '.',
  ],
  'too-many-introductions': ({ again }) => [
    'Too many people asked the administrators lately. Send them the lines yourself, or ask again ',
    { time: again },
    '.',
  ],
  'no-administrator': () => ['No administrator can be reached in chat. Send them the lines yourself.'],
  'requester-gone': () => [
    'The requester is no longer in the people file, so this cannot be approved. Deny it, or let it expire.',
  ],
  'requester-removed': ({ integration }) => [
    'The requester may no longer request from ',
    { code: integration },
    ', so this cannot be approved. Deny it, or let it expire.',
  ],
  rerouted: () => [
    'The owner of this resource has changed since the request, so your decision does not count. The new owners have been asked.',
  ],
  'integration-removed': ({ integration }) => [
    'The integration ',
    { code: integration },
    ' is no longer configured, so no access there can be given or ended until an operator restores it. You can deny requests. Latchkey keeps requests to end access.',
  ],
  'vault-unreachable': ({ trouble }) => [
    `Nothing was decided, because the present owner is uncertain: ${troubleSentence(trouble)}. Press the button again in a minute.`,
  ],
  'beneath-unknown': ({ trouble }) => [
    `Nothing was done, because the vault did not tell what lies beneath the folder: ${troubleSentence(trouble)}. Try again in a minute.`,
  ],
  'access-not-active': ({ state }) => [notActiveText[state]],
  'link-unusable': () => ['This link is used up or too old. Press the link button in chat for a new one.'],
  'already-explained': ({ at }) => ['You have already said so, ', { time: at }, '. The owners can read it.'],
  'other-alarm': () => [
    'This was about another alarm. Nothing was said. Use the button in the newest message about it.',
  ],
  'sign-in-needed': () => [
    'This needs a sign-in now. Use the button in the newest message about it: it opens the page for that.',
  ],
  ...sessionRefusals,
  ...apiRefusals,
  ...lendingRefusals,
  ...writtenRefusals,
  ...workloadRefusals,
  ...controlGroupRefusals,
  'foreign-message': () => [
    'These buttons do not work: Latchkey does not update this message for you. Use the newest message about it, or list your access again.',
  ],
  'try-again': () => ['That did not work just now, and nothing was changed. Please try again.'],
} satisfies Sentences

/** The sentence for a refusal, with its item when the request has several. */
export const refusalSentence = <Code extends Refusal['code']>(refusal: Coded<Code>): Text => {
  const sentences: Sentences = refusalText
  const sentence = sentences[refusal.code as Code](refusal)
  return 'item' in refusal && refusal.item !== undefined
    ? ['About ', { code: refusal.item }, ': ', ...sentence]
    : sentence
}

/** A refusal as a message that only the actor sees. */
export const refusalView = (refusal: Refusal): MessageView => bare(refusalSentence(refusal))

/** The message for a bug in Latchkey; the reference finds the log line. */
export const bugView = (reference: string): MessageView =>
  bare([
    `Something went wrong. Reference ${reference}. Nothing is lost: try again, or give the reference to an administrator.`,
  ])

/** The answer to a button that no present command handles. */
export const outdatedButtonView = (): MessageView =>
  bare(['This button is from an older version of Latchkey. Start again from a newer message, or make a new request.'])

/** The answer where no card shows the result of a change. */
export const doneText: { readonly [Do in ChangeCommand['do']]?: string } = {
  approve: 'You approved it.',
  deny: 'You denied it. The requester reads your reason.',
  cancel: 'The request is cancelled.',
  remind: 'They get a reminder now.',
  revoke: 'The access is being ended now. It counts as revoked only when the end is proved.',
  'it-was-me': 'Thank you. The owners can read that it was you.',
  'give-back': 'Thank you. The access is being ended now.',
}

/** A message of one sentence, without a title. */
export const bare = (text: Text): MessageView => ({
  title: '',
  tone: 'neutral',
  summary: plainText(text),
  fields: [],
  quotes: [],
  notes: [text],
  actions: [],
})
