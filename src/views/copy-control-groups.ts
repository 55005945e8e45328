import type { ShownState } from '../domain/control-group.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Text } from './view-model.ts'

type Coded<Code extends Refusal['code']> = Extract<Refusal, { code: Code }>

const why = {
  'not-configured': 'Latchkey has nothing to do with control groups here. Ask the members of the group yourself.',
  'no-right': 'Latchkey may not ask this vault about control groups. An administrator can give it that right.',
  ignored: 'This vault has no control groups: it answers such requests at once, without asking anybody.',
  unreachable: 'The vault does not answer now, so nothing was done. Try again in a minute.',
} satisfies { [Why in Coded<'no-control-groups'>['why']]: string }

const overText = {
  pending: 'It still waits. Try again.',
  authorised: 'It was authorised already, so nothing is left to authorise.',
  denying: 'A member has just denied it, and the vault is being told.',
  denied: 'A member has denied it already.',
  expired: 'Its time is over, so nothing is left to decide. It gives nothing any more.',
  ended: 'Its time is over, so nothing is left to end.',
  gone: 'The vault does not have it any more, so nothing is left to decide.',
} satisfies { [State in ShownState]: string }

/** What is said about control groups of the vault. */
export const controlGroupRefusals = {
  'no-control-groups': (refusal: Coded<'no-control-groups'>): Text => [why[refusal.why]],
  'no-such-control-group': (): Text => [
    'No request waits for a control group with this accessor. Copy ',
    { code: 'wrapping_accessor' },
    ' from the vault’s answer, not the wrapping token. It may also be over.',
  ],
  'too-many-reports': ({ again }: Coded<'too-many-reports'>): Text => [
    'Too many accessors in a short time. You can tell Latchkey of another one ',
    { time: again },
    '.',
  ],
  'control-group-elsewhere': ({ path }: Coded<'control-group-elsewhere'>): Text => [
    'Nobody is configured to decide on ',
    { code: path },
    '. Ask the members of the group yourself, or an administrator of Latchkey to name them.',
  ],
  'own-control-group': (): Text => ['This is your own request, or may be. Another member has to decide.'],
  'not-in-control-group': (): Text => ['You are not in a group that decides on this, so nothing was done.'],
  'control-group-over': ({ state }: Coded<'control-group-over'>): Text => [overText[state]],
}
