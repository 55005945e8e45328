import type { Plan } from '../domain/connector.ts'
import type { Lent } from '../domain/lent.ts'
import type { Item } from '../domain/resource.ts'
import type { Timestamp } from '../domain/time.ts'
import { indented, policyMeaning } from './policy-meaning.ts'
import { allItemFields, type Deciding, pathsText } from './request-items.ts'
import type { AskingCommand, FormView, MessageView, Text } from './view-model.ts'

/** The one-time link, to open or copy. */
export const linkForm = ({ url, expiresAt }: { url: string; expiresAt: Timestamp }): FormView => ({
  title: 'Your one-time link',
  notes: [
    [
      'It works once and until ',
      { time: expiresAt },
      '. Opening the page shows a button; only that button gets the credential.',
    ],
    [
      'After your use it gives nothing, and its page lets people report that they did not use it. For a new link, press the button in the message.',
    ],
  ],
  inputs: [],
  code: [url],
  actions: [{ label: 'Open the link', style: 'primary', url }],
})

const lentPolicyText = {
  all: 'The request fixed exactly these policies and this role. Latchkey lends no others.',
  own: 'Your decision is about exactly these policies. Of your items, the access opens no more than them.',
  rest: 'Some items were denied, so only the policies for the others are lent.',
} as const

const policyText = {
  all: 'The request fixed exactly this policy. Latchkey refuses to write any other.',
  own: 'Your decision is about exactly this policy. The vault gets one policy for all approved items, and it gives no more of yours than this.',
  rest: 'Some items were denied, so this policy covers only the others. Latchkey refuses to write any other.',
} as const

/** What the document for the vault allows, then the document itself: for all items, the reader's own, or the rest. */
export const policyView = ({
  document,
  hash,
  items,
  isExact,
  lent,
  of,
}: Plan & {
  readonly of: keyof typeof policyText
  readonly items: readonly Item[]
  readonly isExact: boolean
  readonly lent?: Lent | undefined
}): FormView => ({
  title: lent ? 'What the vault lends' : 'What the vault gets',
  notes: [
    ...policyMeaning(items, isExact, lent),
    [(lent ? lentPolicyText : policyText)[of], ' Below it is indented for reading. Fingerprint ', { code: hash }],
  ],
  inputs: [],
  code: indented(document),
  actions: [],
})

/** Every item of a request whose card names only some. */
export const itemsView = (subject: Deciding): FormView => ({
  title: 'All that is asked for',
  fields: allItemFields(subject, subject.part?.items),
  notes: [],
  inputs: [],
  actions: [],
})

/**
 * The vault is asked about the folders of a sent form, which takes seconds. The form can be sent again, because it may
 * be the last that its person hears: that files nothing twice.
 */
export const lookingForm = (command: AskingCommand, folders: readonly string[]): FormView => ({
  title: 'Looking at the vault',
  submit: { label: 'Send again', command },
  close: 'Close',
  notes: [
    ['Looking at the vault what lies beneath ', ...pathsText(folders), ' …'],
    [
      'Then your request is filed, and its card comes in your chat with Latchkey. You can close this. If nothing came within a minute, send it again: it is never filed twice.',
    ],
  ],
  inputs: [],
  actions: [],
})

/** In the place of the form above, once the request is filed. */
export const filedForm = (): FormView =>
  sentenceForm('Request access', ['Your request is filed. Its card is in your chat with Latchkey.'])

/** A dialog with only a text, in place of one that cannot be shown. */
export const sentenceForm = (title: string, text: Text): FormView => ({ title, notes: [text], inputs: [], actions: [] })

/** A message as a dialog, for a person with an open dialog. */
export const refusedForm = ({ notes, code }: MessageView): FormView => ({
  title: 'Not possible',
  notes,
  inputs: [],
  ...(code && { code }),
  actions: [],
})
