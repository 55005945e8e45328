import type { Refusal } from '../domain/refusal.ts'
import type { Text } from './view-model.ts'

type Code = 'not-lent' | 'lent-apart'

/** Refusals at a vault where Latchkey only lends what an administrator wrote. */
export const lendingRefusals = {
  'not-lent': ({ path, permission }) => [
    'No policy that Latchkey may lend gives ',
    { code: permission },
    ' on ',
    { code: path },
    '. Ask the owners of the integration to have one lent.',
  ],
  'lent-apart': ({ apart }) => [
    'No role of this vault lends all of this together. Ask separately for ',
    ...apart.flatMap((path, index): Text => [index === 0 ? '' : ' and for ', { code: path }]),
    '.',
  ],
} satisfies { [Each in Code]: (refusal: Extract<Refusal, { code: Each }>) => Text }
