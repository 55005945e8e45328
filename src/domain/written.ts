import { pastedSecret } from './pasted-secret.ts'
import type { Refusal } from './refusal.ts'

/** The length of a reason or note, in characters without blanks at its ends. */
export const reasonLength = { min: 5, max: 500 } as const

/** What is wrong with the reason of a request. */
export const reasonFault = (written: string): Refusal | undefined => {
  const reason = written.trim()
  if (reason.length < reasonLength.min) return { code: 'reason-too-short', atLeast: reasonLength.min }
  return textFault(reason, 'reason')
}

/** What is wrong with the note of a decision or an end; `needed` where the person it concerns must learn why. */
export const noteFault = (written: string, { needed }: { readonly needed: boolean }): Refusal | undefined => {
  const note = written.trim()
  if (needed && note.length < reasonLength.min) return { code: 'note-required' }
  return textFault(note, 'note')
}

/** Others read the text, and the audit log keeps it: a secret in it would be everywhere. */
const textFault = (text: string, field: 'reason' | 'note'): Refusal | undefined => {
  if (text.length > reasonLength.max) return { code: 'reason-too-long', atMost: reasonLength.max }
  const looks = pastedSecret(text)
  return looks && { code: 'secret-pasted', looks, field }
}
