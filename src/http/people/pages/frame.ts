import { html } from 'hono/html'
import { type Html, sheet } from '../../pages/layout.ts'
import { peopleStyles } from './styles.ts'
import type { Ways } from './ways.ts'

/** What every page of a signed-in person shows besides its content. */
export type Frame = {
  readonly ways: Ways
  /** The person's name. */
  readonly name: string
  /** How many requests wait for the person; `8+` where there are more. */
  readonly waiting: string
  /** The token of the button that signs out. */
  readonly signOut: string
  /** The person holds a role of an operator. */
  readonly isOperator?: boolean
}

const places = [
  ['', 'My access'],
  ['ask', 'Ask'],
  ['waiting', 'Waits for me'],
  ['who', 'Who has access'],
  ['sessions', 'Sessions'],
  ['operators', 'Operators'],
] as const
export type Place = (typeof places)[number][0]

/** A page of a signed-in person. `here` is its place in the menu. */
export const framed = (frame: Frame, here: Place | undefined, title: string, main: Html): Html =>
  sheet({ title, main, header: menu(frame, here), styles: peopleStyles })

/** Only operators find their page in the menu; it refuses everybody else. */
const placesFor = (isOperator = false) => places.filter(([page]) => isOperator || page !== 'operators')

const menu = (
  { ways, name, waiting, signOut, isOperator }: Frame,
  here: Place | undefined,
): Html => html`<nav aria-label="Pages">
<ul>${placesFor(isOperator).map(
  ([page, label]) =>
    html`<li><a href="${ways.to(page)}"${page === here ? html` aria-current="page"` : ''}>${label}${
      page === 'waiting' && waiting !== '' ? html` <span class="count">${waiting}</span>` : ''
    }</a></li>`,
)}</ul>
</nav>
<form method="post" action="${ways.to('sign-out')}" class="sign-out">
<input type="hidden" name="form" value="${signOut}">
<span>Signed in as <b>${name}</b></span>
<button class="second" data-busy="Signing out …">Sign out</button>
</form>`
