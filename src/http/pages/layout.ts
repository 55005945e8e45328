import { html, raw } from 'hono/html'
import { enhancements } from './script.ts'
import { styles } from './styles.ts'

/** Markup that escapes all text from outside. */
export type Html = ReturnType<typeof html>

/** The chat's buttons, with the names that they have there. */
export const newLinkButton: Html = html`<b>Get my one-time link</b>`
export const openAccessButton: Html = html`<b>Open my access</b>`
export const giveBackButton: Html = html`<b>Give back now</b>`

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2a8a6b" stroke-width="2.4" stroke-linecap="round"><circle cx="8" cy="12" r="4.5"/><path d="M12.5 12H21v3.5M17 12v2.5"/></svg>',
  )

/** A whole page. `heading` is also the title, so it must not reveal what the link protects. */
export const page = (heading: string, body: Html, head: Html | '' = ''): Html =>
  sheet({ title: heading, head, main: html`<h1>${heading}</h1>\n${body}` })

type Sheet = {
  readonly title: string
  readonly main: Html
  readonly head?: Html | ''
  /** What follows the name in the header. */
  readonly header?: Html
  readonly styles?: string
}

/** The frame of every page. */
export const sheet = ({ title, main, head = '', header, styles: more }: Sheet): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · Latchkey</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
${head}
<link rel="icon" href="${icon}">
<style>${raw(styles)}</style>
${more === undefined ? '' : html`<style>${raw(more)}</style>`}
</head>
<body>
<header>
<p class="brand"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true"><circle cx="8" cy="12" r="4.5"/><path d="M12.5 12H21v3.5M17 12v2.5"/></svg>Latchkey</p>
${header ?? ''}
</header>
<main>
${main}
</main>
<footer><p>Latchkey lends access for a while and keeps no credential.</p></footer>
<div role="status" class="unseen"></div>
<script>${raw(enhancements)}</script>
</body>
</html>
`
