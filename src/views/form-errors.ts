import type { Refusal } from '../domain/refusal.ts'
import { reasonLength } from '../domain/written.ts'
import { refusalSentence } from './copy.ts'
import { plainText } from './copy-time.ts'
import type { FieldErrors, FieldName } from './forms.ts'
import { fieldOf } from './workload-inputs.ts'

const missingText: { [Name in FieldName]: string } = {
  integration: 'Pick the vault from the list.',
  resource: 'Pick what you need from the list, then say what you want to do with it.',
  permission: 'Pick what you want to do with it.',
  others: 'Pick what should become of the secrets of other owners.',
  ifDenied: 'Pick what should become of the rest.',
  usedBy: 'Pick who uses it.',
  namespace: 'Pick its namespace.',
  serviceAccount: 'Write the exact name of one service account.',
  claims: 'Write what its token says.',
  networks: 'Write the networks from which it logs in.',
  duration: 'Pick how long you need it.',
  reason: `Say why in at least ${reasonLength.min} characters.`,
  note: `Say why in at least ${reasonLength.min} characters.`,
}

/** The errors beside empty fields. */
export const missingFields = (names: readonly FieldName[]): FieldErrors =>
  Object.fromEntries(names.map((name) => [name, missingText[name]]))

/** The form field that shows a refusal. */
export const requestFormErrors = (refusal: Refusal): FieldErrors => {
  const sentence = plainText(refusalSentence(refusal))
  switch (refusal.code) {
    case 'no-such-permission':
      return refusal.item === undefined ? { permission: sentence } : { resource: sentence }
    case 'not-lent': // of several items, it is about one that the sentence names
      return 'item' in refusal ? { resource: sentence } : { permission: sentence }
    case 'duration-not-offered':
    case 'no-later-end':
      return { duration: sentence }
    case 'reason-too-short':
    case 'reason-too-long':
    case 'secret-pasted':
      return { reason: sentence }
    case 'not-a-requester':
      return { integration: sentence }
    case 'workload-refused':
      return { [fieldOf(refusal)]: sentence }
    default:
      return { resource: sentence }
  }
}
