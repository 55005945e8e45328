import type { Notice } from '../domain/card.ts'
import type { Gap, UsedSoFar } from '../domain/receipt.ts'
import type { Text, Tone } from './view-model.ts'

const mostAddresses = 2

/** What was done with an access, as the vault's audit log tells it: a line on its cards. */
export const usedText = ({ times, last, addresses, refused, gaps }: UsedSoFar): Text => {
  const shown = addresses.slice(0, mostAddresses)
  const more = addresses.length - shown.length
  const from: Text =
    shown.length === 0
      ? []
      : [', from ', ...shown.flatMap((address, index): Text => [...(index === 0 ? [] : [', ']), { code: address }])]
  const used: Text =
    times > 0 && last !== undefined
      ? [`Used ${timesText(times)}, last `, { time: last }, ...from, ...(more > 0 ? [` and ${more} more`] : [])]
      : // Nobody may read "never" where something may be missing.
        [gaps.length > 0 ? 'No use was seen' : 'Never used']
  return [...used, ...(refused > 0 ? [`; ${refusedText(refused)}`] : []), '.', ...gapText(gaps)]
}

/** A count of uses in words. */
export const timesText = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)
export const refusedText = (count: number): string => `${count} refused ${count === 1 ? 'attempt' : 'attempts'}`

const gapText = (gaps: readonly Gap[]): Text => {
  const [gap] = gaps
  if (!gap) return []
  const more = gaps.length > 1 ? ` and in ${gaps.length - 1} more ${gaps.length === 2 ? 'time' : 'times'}` : ''
  return gap.to === undefined
    ? [' This is incomplete since ', { time: gap.from }, `${more}: the vault’s audit log cannot be read.`]
    : [' This is incomplete between ', { time: gap.from }, ' and ', { time: gap.to }, `${more}.`]
}

type UseNotice = Extract<Notice, { about: 'use-unapproved' | 'use-unknown' }>

const bad: Tone = 'bad'

/** What cannot happen by the approved rules, and was seen. */
export const useNews = ({ about, integration, name, path, operation }: UseNotice) => ({
  title: about === 'use-unapproved' ? 'The vault allowed what nobody approved' : 'An access that Latchkey did not give',
  tone: bad,
  text: [
    'At ',
    { code: integration },
    ' the audit log tells of ',
    { code: operation },
    ' on ',
    { code: path },
    ' under the name ',
    { code: name },
    about === 'use-unapproved'
      ? '. No rule of the approved policy allows that.'
      : '. No access of Latchkey has this name, or no token of it.',
  ] satisfies Text,
  after: [
    [
      about === 'use-unapproved'
        ? 'End the access, and look at the policies and groups of its person at the vault.'
        : 'Look at who can write to the audit log or its socket, and at who makes policies and tokens at the vault.',
    ],
  ] satisfies readonly Text[],
})
