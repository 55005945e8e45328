import type { Lent } from '../domain/lent.ts'
import { pathsText } from './request-items.ts'
import type { Text } from './view-model.ts'

const mostNamed = 5

/** Which of the administrator's policies are lent, and what they open besides; nothing where the bot does not lend. */
export const lentNotes = (lent: Lent | undefined): Text[] => (lent ? [lentText(lent)] : [])

/** The same as one text. */
export const lentText = ({ policies, role, beyond }: Lent): Text => {
  const [it, opens] = policies.length === 1 ? ['It', 'opens'] : ['They', 'open']
  const besides: Text =
    beyond === undefined
      ? [' What else that opens is not known: the configuration has changed since.']
      : beyond.length === 0
        ? [` ${it} ${opens} nothing else.`]
        : [` ${it} also ${opens} `, ...beyondText(beyond), '.']
  return [
    `The vault lends the ${policies.length === 1 ? 'policy' : 'policies'} `,
    ...pathsText(policies),
    ' by the role ',
    { code: role },
    '.',
    ...besides,
  ]
}

/** The first paths that a policy opens besides the items, and the number of the others. */
const beyondText = (paths: readonly string[]): Text => {
  const left = paths.length - mostNamed
  return [...pathsText(paths.slice(0, mostNamed)), ...(left > 0 ? [` and ${left} more`] : [])]
}

/** Below a permission in the form: what it would lend, and who therefore decides as well. */
export const lentHint = ({ policies, beyond = [] }: Lent): string => {
  const names = policies.join(', ')
  if (beyond.length === 0) return `Lends the policy ${names}.`
  const more = beyond.length === 1 ? 'another path' : `${beyond.length} other paths`
  return `Lends the policy ${names}, which also opens ${more}. So the owners of the integration decide too.`
}
