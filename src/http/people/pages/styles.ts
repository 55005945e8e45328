/** What only the pages of signed-in people need, admitted by its own hash. */
export const peopleStyles = `
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; }
header .brand { order: 0; }
header .sign-out { order: 1; margin: 0 0 0 auto; display: flex; align-items: center; gap: .5rem .9rem; font-size: .9375rem; }
header .sign-out span { flex: 0 1 auto; min-width: 0; overflow-wrap: anywhere; }
header .sign-out button { min-height: 2.75rem; padding: .3rem .9rem; font-size: .9375rem; }
header nav { order: 2; width: 100%; border-bottom: 1px solid var(--line); }
header nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: 0; list-style: none; }
header nav a { display: inline-flex; align-items: center; gap: .4rem; min-height: 2.75rem; color: var(--quiet); text-decoration: none; border-bottom: 3px solid transparent; margin-bottom: -1px; }
header nav a:hover { color: var(--ink); border-color: var(--edge); }
header nav a[aria-current] { color: var(--ink); font-weight: 650; border-color: var(--accent); }
.count { min-width: 1.5rem; padding: 0 .4rem; border-radius: .75rem; background: var(--accent); color: var(--on-accent); font-size: .8125rem; font-weight: 650; line-height: 1.5rem; text-align: center; }
main a:not(.button) { color: var(--accent); }
main section { margin-top: 1.75rem; }
main p, main dd { overflow-wrap: anywhere; }
h1.long { font-size: clamp(1.25rem, 1.1rem + 1vw, 1.6rem); overflow-wrap: anywhere; }
h1 code, h2 code { font-size: .92em; }
.entries { margin: .75rem 0 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: .875rem; background: var(--card); }
.entries > li { padding: 1rem 1.25rem; overflow-wrap: anywhere; }
.entries > li + li { border-top: 1px solid var(--line); }
.entries p { margin: 0 0 .35rem; max-width: none; }
.entries form { margin: .5rem 0 0; }
.what a:not(.button) { color: var(--ink); text-decoration-color: var(--edge); text-underline-offset: .2em; }
.what a:hover { text-decoration-color: currentColor; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.25rem 0 0; max-width: none; }
.entries .actions { margin: .6rem 0 0; }
.entries .button, .entries button { min-height: 2.75rem; padding: .35rem 1rem; font-size: .9375rem; }
blockquote { margin: .25rem 0 .6rem; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line); white-space: pre-line; overflow-wrap: anywhere; }
.quote { margin: .85rem 0; }
.quote figcaption { color: var(--quiet); font-size: .9375rem; }
.message .facts, main > .facts { margin: .85rem 0; }
.message .actions { margin-bottom: 1rem; }
.done { padding: .75rem 1rem; border-radius: .625rem; border: 1px solid var(--accent); background: var(--card); max-width: none; }
.timeline { margin: .75rem 0 0; padding: 0; list-style: none; }
.timeline > li { position: relative; padding: 0 0 1.1rem 1.5rem; border-left: 2px solid var(--line); margin-left: .4rem; overflow-wrap: anywhere; }
.timeline > li:last-child { border-color: transparent; }
.timeline > li::before { content: ""; position: absolute; left: -.45rem; top: .4rem; width: .75rem; height: .75rem; border-radius: 50%; background: var(--card); border: 2px solid var(--accent); }
.timeline p { margin: 0; }
form.dialog { margin-top: 1.25rem; }
.field { margin: 0 0 1.25rem; padding: 0; border: 0; min-width: 0; }
.field legend { padding: 0; margin-bottom: .35rem; font-weight: 600; }
fieldset.field label[for] { font-weight: 400; }
.field select, .field textarea, .field input[type="search"] {
  width: 100%; min-height: 3rem; padding: .5rem .8rem; border: 1px solid var(--edge); border-radius: .625rem; background: var(--card); color: var(--ink); font: inherit;
}
.field textarea { display: block; min-height: 6rem; resize: vertical; }
.field .small { margin: .35rem 0 0; }
.field .fault { margin: .35rem 0 0; color: var(--bad); }
[aria-invalid="true"] { border-color: var(--bad) !important; border-width: 2px !important; }
.search { display: flex; gap: .6rem; }
.search input { flex: 1; min-width: 0; }
.search button { white-space: nowrap; }
.choices { margin: .6rem 0 0; padding: 0; list-style: none; }
.choices:empty { display: none; }
.choices label { display: flex; align-items: flex-start; gap: .75rem; min-height: 2.75rem; padding: .55rem .25rem; cursor: pointer; overflow-wrap: anywhere; }
.choices li + li { border-top: 1px solid var(--line); }
.choices input { flex: none; width: 1.25rem; height: 1.25rem; margin: .2rem 0 0; accent-color: var(--accent); }
.choices .small { display: block; }
.chosen { margin: 0 0 .85rem; padding: 0 .6rem; border: 1px solid var(--accent); border-radius: .625rem; background: var(--card); }
details summary { min-height: 2.75rem; display: flex; align-items: center; cursor: pointer; font-weight: 600; }
details summary::before { content: "▸"; margin-right: .5rem; }
details[open] summary::before { content: "▾"; }
:root { --bad: #a3261b; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff9d92; } }
@media (max-width: 30rem) {
  header .sign-out { width: 100%; margin: 0; justify-content: space-between; }
  .search { flex-direction: column; }
  .actions .button, .actions button { flex: 1 1 auto; }
  .entries > li { padding: .9rem 1rem; }
}
`
