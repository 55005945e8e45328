import { type Html, html } from '../page/html.ts'

/** A simulated chat, the address of its page, and the ids there of both people. */
export type Chat = { name: string; url: string; ids: readonly [string, string] }

/** Two people who are in both chats. At first one is seen in the first chat and the other one in the second. */
export type Pair = { company: string; people: readonly [string, string]; chats: readonly [Chat, Chat] }

/** The page: a frame for each person; turned round, both are seen in the other chat. */
export function renderSideBySide(pair: Pair, isTurned: boolean, hasPanels: boolean): Html {
  const { company, people, chats } = pair
  const names = html`${chats[0].name} and ${chats[1].name}`
  return html`${{ markup: '<!doctype html>' }}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${company} – ${names} side by side</title>
<link rel="icon" href="data:,">${['style.css', 'layout.css', 'side.css', 'side-by-side.css'].map(
    (name) => html`<link rel="stylesheet" href="/page/${name}">`,
  )}
<script type="module" src="/page/side-by-side.js"></script></head>
<body>
<header class="top"><h1>${company} <span class="what">simulated ${names}</span></h1>
<nav class="views" aria-label="Views"><a class="turn" href="/${!isTurned && '?turned'}">Turn round: ${people[0]} in ${chats[isTurned ? 0 : 1].name}</a>
${chats.map(renderLink)}</nav></header>
<main class="pair" aria-label="Two people, each in a chat">${people.map((name, who) => {
    const chat = chats[isTurned ? 1 - who : who] ?? chats[0]
    return renderFrame(name, chat, chat.ids[who] ?? '')
  })}</main>
<aside class="side" aria-label="Behind the scenes">${hasPanels && html`<div class="panels" data-area="panels" aria-live="polite"></div>`}</aside>
</body></html>`
}

const renderLink = ({ name, url }: Chat): Html =>
  html`<a href="${url}" target="_blank" rel="noopener">Everybody in ${name}<span class="hidden-text"> (opens in a new tab)</span></a>`

const renderFrame = (person: string, chat: Chat, id: string): Html =>
  html`<section class="framed ${chat.name.toLowerCase()}"><h2>${chat.name}</h2>
<iframe title="${chat.name} of ${person}" src="${chat.url}/?show=${id}&amp;bare"></iframe></section>`
