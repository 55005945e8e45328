import { type Html, html } from './html.ts'

/** A picture with initials; the colour follows from the id. */
export function renderAvatar(id: string, name: string): Html {
  const shade = [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 6
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('')
  return html`<span class="avatar shade-${shade}" aria-hidden="true">${initials}</span>`
}
