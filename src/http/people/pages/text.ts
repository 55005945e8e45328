import { html } from 'hono/html'
import { visible } from '../../../views/names.ts'
import type { Span, Text } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { moment } from '../../pages/moment.ts'

/** A text as markup. Names from a vault are shown with what is invisible in them. */
export const words = (text: Text): Html => html`${text.map(span)}`

const span = (each: Span): Html => {
  if (typeof each === 'string') return lines(each)
  if ('time' in each) return moment(each.time)
  if ('person' in each) return html`<b>${visible(each.person)}</b>`
  if ('code' in each) return html`<code>${visible(each.code)}</code>`
  return html`<b>${each.strong}</b>`
}

const lines = (text: string): Html =>
  html`${text.split('\n').map((line, index) => (index === 0 ? line : html`<br>${line}`))}`
