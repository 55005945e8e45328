/** The one style sheet, inline and admitted by its hash, so that pages load nothing from elsewhere. */
export const styles = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f2; --card: #fff; --sunk: #f1f3ef; --line: #d9ddd5; --edge: #868e83;
  --ink: #1a201c; --quiet: #556058; --accent: #17604a; --accent-press: #0f4a38; --on-accent: #fff;
  --note: #fdf5e1; --note-line: #e6cf93; --note-ink: #59430a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111513; --card: #191f1c; --sunk: #121714; --line: #303934; --edge: #78837c;
    --ink: #e8ece9; --quiet: #a3aea7; --accent: #6fcfab; --accent-press: #8edfc0; --on-accent: #0b241a;
    --note: #2a2414; --note-line: #5a4a1e; --note-ink: #f0dca6;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, main, footer { width: 100%; max-width: 45rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.75rem; }
main { flex: 1; padding-top: 1.5rem; padding-bottom: 2.5rem; }
footer { padding-bottom: 1.75rem; color: var(--quiet); font-size: .9375rem; }
.brand { display: inline-flex; align-items: center; gap: .55rem; margin: 0; font-weight: 650; color: var(--ink); }
.brand svg { width: 1.5rem; height: 1.5rem; color: var(--accent); }
h1 { margin: 0 0 .5rem; font-size: clamp(1.6rem, 1.3rem + 1.6vw, 2.1rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 .35rem; font-size: 1.125rem; line-height: 1.35; }
p { margin: 0 0 .85rem; max-width: 38em; text-wrap: pretty; }
p:last-child { margin-bottom: 0; }
.lead { color: var(--quiet); }
.small { color: var(--quiet); font-size: .9375rem; max-width: none; }
.after { margin-top: 1rem; }
.keep { white-space: nowrap; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.card, .note { margin: 1.25rem 0 0; padding: 1.25rem; border: 1px solid var(--line); border-radius: .875rem; background: var(--card); }
.note { background: var(--note); border-color: var(--note-line); color: var(--note-ink); }
.note p { max-width: none; }
.card > :last-child, .card > :last-child > :last-child { margin-bottom: 0; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .6rem 1.5rem; margin: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.facts ul { margin: 0; padding: 0; list-style: none; }
.facts li + li { margin-top: .3rem; }
.facts .details { white-space: pre-line; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .9em; }
li code { font-size: .94em; margin-right: .35em; }
.permission { color: var(--quiet); }
.block { margin: .85rem 0; border: 1px solid var(--line); border-radius: .625rem; background: var(--sunk); }
.block pre { margin: 0; padding: .8rem .95rem; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.6; }
.for-bao .block, .for-vault .block { margin-bottom: 0; }
.block .line { display: block; padding-left: 1.4em; text-indent: -1.4em; }
.block .copy { display: block; }
.block [hidden] { display: none; }
.block .tools { display: flex; justify-content: flex-end; padding: 0 .5rem .5rem; }
.token pre { user-select: all; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: .6rem 1.35rem;
  border: 1px solid transparent; border-radius: .625rem; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; text-decoration: none; text-align: center; cursor: pointer;
}
button:hover, .button:hover { background: var(--accent-press); }
.second { background: transparent; border-color: var(--edge); color: var(--ink); }
.second:hover { background: var(--sunk); }
.copy { min-height: 2.75rem; padding: .4rem 1.1rem; font-size: .9375rem; }
button[aria-disabled="true"] { opacity: .75; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .3rem; }
button:focus-visible, .button:focus-visible { border-radius: .625rem; }
form { margin: 1.25rem 0 0; }
.card form { margin: 0; }
label[for] { display: block; margin-bottom: .35rem; font-weight: 600; }
input#text { width: 100%; min-height: 3rem; padding: .5rem .8rem; border: 1px solid var(--edge); border-radius: .625rem; background: var(--sunk); color: var(--ink); font: inherit; margin-bottom: .85rem; }
.fault { font-weight: 600; }
.address { overflow-wrap: anywhere; }
.programs { display: flex; width: max-content; margin: .85rem 0 0; padding: 0; border: 1px solid var(--edge); border-radius: .625rem; overflow: clip; overflow-clip-margin: 8px; }
.programs label { position: relative; display: flex; align-items: center; min-height: 2.75rem; padding: 0 1.25rem; cursor: pointer; }
.programs label:first-of-type { border-radius: .55rem 0 0 .55rem; }
.programs label:last-of-type { border-radius: 0 .55rem .55rem 0; }
.programs input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.programs label:has(:checked) { background: var(--accent); color: var(--on-accent); font-weight: 600; }
.programs label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 3px; z-index: 1; }
.ways:has([value="vault"]:checked) .for-bao, .ways:has([value="bao"]:checked) .for-vault { display: none; }
details.token { margin: .85rem 0; border: 1px solid var(--edge); border-radius: .625rem; background: var(--sunk); }
details.token summary { display: flex; justify-content: space-between; align-items: center; gap: 1rem; min-height: 3rem; padding: .4rem .95rem; cursor: pointer; list-style: none; }
details.token summary::-webkit-details-marker { display: none; }
details.token .dots { letter-spacing: .12em; overflow: hidden; white-space: nowrap; color: var(--quiet); }
details.token .toggle { font-weight: 600; white-space: nowrap; }
details.token .less, details.token[open] .more, details.token[open] .dots { display: none; }
details.token[open] .less { display: inline; margin-left: auto; }
details.way { margin: .6rem 0; border: 1px solid var(--edge); border-radius: .625rem; background: var(--card); }
details.way summary { min-height: 2.75rem; padding: .55rem .95rem; cursor: pointer; font-weight: 600; }
details.way .block { margin: 0; border-width: 1px 0 0; border-radius: 0 0 .625rem .625rem; }
details.token pre { margin: 0; padding: .2rem .95rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.left { font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) {
  header { padding-top: 1.25rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd + dt { margin-top: .75rem; }
  .wide, .wide button, .wide .button { display: flex; width: 100%; }
  .card, .note { padding: 1.1rem; }
  .permission { display: block; }
  .block pre { font-size: .8125rem; padding: .75rem; }
  .block .tools, .block .copy { display: flex; width: 100%; }
  .block .copy[hidden] { display: none; }
}
@media (forced-colors: active) {
  .programs label:has(:checked) { forced-color-adjust: none; background: Highlight; color: HighlightText; }
}
`
