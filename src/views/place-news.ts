import type { Notice } from '../domain/card.ts'
import { troubleSentence } from './copy-troubles.ts'
import type { Text, Tone } from './view-model.ts'

type Told = { readonly title: string; readonly tone: Tone; readonly text: Text; readonly after?: readonly Text[] }

/** A part of a vault that cannot be listed, or can be again. */
export const placeNews = ({
  about,
  place,
  integration,
  code,
}: Extract<Notice, { about: 'place-away' | 'place-back' }>): Told =>
  about === 'place-back'
    ? {
        title: 'A part of the vault is back',
        tone: 'good',
        text: [{ code: place }, ' of ', { code: integration }, ' can be listed again.'],
      }
    : {
        title: 'A part of the vault is away',
        tone: 'bad',
        text: [
          { code: place },
          ' of ',
          { code: integration },
          `: ${troubleSentence(code)}. The other parts still work.`,
        ],
        after: [
          [
            'Its resources stay listed, but none can be approved until Latchkey can list this part again. Latchkey will tell you. If the part was removed on purpose, remove it from the configuration.',
          ],
        ],
      }
