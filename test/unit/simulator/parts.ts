import type { types } from '@slack/bolt'

/** A plain text object. */
export const plain = (text: string) => ({ type: 'plain_text' as const, text })
/** An option whose value is its label in lower case. */
export const option = (text: string) => ({ text: plain(text), value: text.toLowerCase() })
/** A button. */
export const button = (text: string, action_id: string, value?: string): types.Button => ({
  type: 'button',
  text: plain(text),
  action_id,
  ...(value === undefined ? {} : { value }),
})
/** A modal with a submit button and nothing else. */
export const modal = (title: string, more: Partial<types.ModalView> = {}): types.ModalView => ({
  type: 'modal',
  callback_id: title,
  title: plain(title),
  submit: plain('Go'),
  blocks: [],
  ...more,
})
