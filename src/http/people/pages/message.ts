import { html } from 'hono/html'
import type { Action, MessageView, Quote, Text } from '../../../views/view-model.ts'
import type { Html } from '../../pages/layout.ts'
import { words } from './text.ts'
import type { Ways } from './ways.ts'

/** A message of the chat as a part of a page, with links where the chat has buttons. */
export const message = (
  view: Omit<MessageView, 'origin'>,
  ways: Ways,
  level: 1 | 2 = 2,
): Html => html`<div class="message ${view.tone}">
${view.title === '' ? '' : heading(level, [view.title])}
${view.headline ? heading(level, upper(view.headline)) : ''}
${(view.lines ?? []).map((line) => html`<p>${words(line)}</p>`)}
${view.quotes.map(quote)}
${fields(view.fields)}
${view.notes.map((note) => html`<p>${words(note)}</p>`)}
${codeLines(view.code)}
${entries(view.entries ?? [], ways)}
${actions(view.actions, ways)}
${(view.small ?? []).map((line) => ('label' in line ? quote(line) : html`<p class="small">${words(line)}</p>`))}
</div>`

const heading = (level: 1 | 2, text: Text): Html =>
  level === 1 ? html`<h1 class="long">${words(text)}</h1>` : html`<h2>${words(text)}</h2>`

/** A headline begins with a permission, which is no beginning of a sentence on a page. */
const upper = ([first, ...rest]: Text): Text => {
  if (typeof first === 'object' && 'strong' in first) {
    return [{ strong: first.strong.charAt(0).toUpperCase() + first.strong.slice(1) }, ...rest]
  }
  return first === undefined ? [] : [first, ...rest]
}

/** A person's own words. */
export const quote = ({ label, text }: Quote): Html =>
  html`<figure class="quote"><figcaption>${label}</figcaption><blockquote>${text}</blockquote></figure>`

/** Labels and their values; values with the same label stand beneath one. */
export const fields = (all: MessageView['fields']): Html | '' =>
  all.length === 0
    ? ''
    : html`<dl class="facts">${all.map(
        ({ label, value }, index) =>
          html`${all[index - 1]?.label === label ? '' : html`<dt>${label}</dt>`}<dd>${words(value)}</dd>`,
      )}</dl>`

/** Lines to read letter by letter. */
export const codeLines = (lines: readonly string[] | undefined): Html | '' =>
  lines === undefined || lines.length === 0
    ? ''
    : html`<div class="block"><pre tabindex="0"><code>${lines.join('\n')}</code></pre></div>`

const entries = (all: NonNullable<MessageView['entries']>, ways: Ways): Html | '' =>
  all.length === 0
    ? ''
    : html`<ul class="entries">${all.map(
        (entry) => html`<li><p>${words(entry.text)}</p>${actions(entry.actions, ways)}</li>`,
      )}</ul>`

/** The buttons of a message as links; what a page does by itself has none. */
export const actions = (all: readonly Action[], ways: Ways, about?: string): Html | '' => {
  const links = all.flatMap((action) => ways.linkOf(action, all) ?? [])
  return links.length === 0
    ? ''
    : html`<p class="actions">${links.map(
        ({ href, label, isFirst }) =>
          html`<a class="button${isFirst ? '' : ' second'}" href="${href}">${label}${about === undefined ? '' : html`<span class="unseen">: ${about}</span>`}</a>`,
      )}</p>`
}
