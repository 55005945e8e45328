import type { Notice } from '../domain/card.ts'
import { isSilence } from '../domain/outage.ts'
import { troubleSentence } from './copy-troubles.ts'

const waitingText = (count: number): string => {
  if (count === 0) return 'Nothing was waiting for it.'
  return count === 1
    ? 'Latchkey now handles the one access that was waiting for it.'
    : `Latchkey now handles ${count} accesses that were waiting for it.`
}

/** The news that a vault works again. One that answered with refusals was never silent. */
export const vaultBack = ({ integration, since, count, code }: Extract<Notice, { about: 'vault-back' }>) => {
  const wasSilent = code === undefined || isSilence(code)
  const trouble = wasSilent ? [' was silent since ', { time: since }] : [' did not work since ', { time: since }]
  const why = wasSilent ? '' : `, as ${troubleSentence(code)}`
  return {
    title: wasSilent ? 'The vault answers again' : 'The vault works again',
    tone: 'good' as const,
    text: [{ code: integration }, ...trouble, `${why}. ${waitingText(count)}`],
  }
}
