import type { PastedSecret } from '../domain/pasted-secret.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Text } from './view-model.ts'

type Code = 'reason-too-short' | 'reason-too-long' | 'note-required' | 'secret-pasted'

const pastedText = {
  'private-key': 'a private key',
  token: 'a token',
  'cloud-key': 'a key of a cloud account',
  password: 'a password',
  random: 'a password or key',
} satisfies { [Kind in PastedSecret]: string }

/** Refusals of what somebody wrote for others to read. */
export const writtenRefusals = {
  'reason-too-short': ({ atLeast }) => [`Say why in at least ${atLeast} characters: the owners decide by it.`],
  'reason-too-long': ({ atMost }) => [`Shorten the reason to ${atMost} characters.`],
  'note-required': () => ['Say why in at least 5 characters: the requester reads it.'],
  'secret-pasted': ({ looks }) => [
    `This looks like ${pastedText[looks]}, which other people would read. Write it without; if it is one, have it changed.`,
  ],
} satisfies { [Each in Code]: (refusal: Extract<Refusal, { code: Each }>) => Text }
