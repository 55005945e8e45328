import type { UnreachableReason } from '../domain/card.ts'

/** Why a platform does not deliver, as the continuation after a colon, and what to do about it. */
type Sentence = { readonly found: string; readonly remedy: string }

const sentences = {
  'account-deactivated': {
    found: 'the account is deactivated',
    remedy: 'remove the person from the people file, or reactivate the account',
  },
  'account-unknown': {
    found: 'there is no such account',
    remedy: 'correct the account in the people file',
  },
  'account-closed': {
    found: 'the account accepts no messages from Latchkey',
    remedy: 'the person must let the app write to them, or name another account in the people file',
  },
  'account-blocked': {
    found: 'the person has blocked Latchkey',
    remedy: 'the person must unblock the app, or name another account in the people file',
  },
  'app-missing': {
    found: 'the person does not have the app, or has not written to it yet',
    remedy: 'install the app for the person, who then has to write it a word once',
  },
  'conversation-unknown': {
    found: 'the conversation with Latchkey is gone',
    remedy: 'the person has to write to Latchkey once, which begins a new one',
  },
  'channel-unknown': {
    found: 'there is no such channel, or it is private and Latchkey is not in it',
    remedy: 'correct the id in the configuration, or invite the app into the channel',
  },
  'channel-archived': {
    found: 'the channel is archived',
    remedy: 'unarchive it, or name another channel in the configuration',
  },
  'channel-closed': {
    found: 'Latchkey may not write in the channel',
    remedy: 'invite the app into the channel and let it post there',
  },
} satisfies { [Reason in UnreachableReason]: Sentence }

const others: ReadonlyMap<string, Sentence> = new Map(Object.entries(sentences))

/** Why a message is permanently refused, and what to do. Other codes of the platform are shown as they are. */
export const refusedText = (code: string): Sentence =>
  others.get(code) ?? {
    found: `the chat refuses it (${code})`,
    remedy: 'latchkey doctor checks the token and scopes of the app; the log has the details',
  }
