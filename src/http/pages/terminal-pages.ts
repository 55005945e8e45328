import { html } from 'hono/html'
import { type Html, page } from './layout.ts'

/** The address that the terminal opened lacks something, or leads back to somewhere else than this machine. */
export const badTerminalPage: Html = page(
  'This address is not complete',
  html`<p>A terminal opens this page to sign you in, and something is missing in its address. Nothing was done.</p>
<p>Run <code>latchkey sign-in</code> again. If it keeps happening, use the newest <code>latchkey</code>.</p>`,
)

type Asking = { readonly name: string; readonly form: string; readonly host: string; readonly address: string }

/** `calls` says how the machine reaches Latchkey, as far as Latchkey can know it. */
const machine = (host: string, calls: Html): Html => html`<div class="card"><dl class="facts">
<dt>It calls itself</dt><dd><code>${host}</code></dd>
${calls}
<dt>It may</dt><dd>do all that you may do here: ask for access, use it and end it, and decide on requests of others</dd>
<dt>Until</dt><dd>you sign it out, 12 hours at most</dd>
</dl></div>`

/** Latchkey trusts no header of a proxy, so behind one it sees the same address for everybody. */
const seen = (address: string): Html =>
  html`<code>${address}</code><span class="small">, as Latchkey sees it: the proxy’s own, if one stands between</span>`

const stranger = (
  sign: string,
): Html => html`<p class="small after">Did you run <code>latchkey sign-in</code> just now, yourself? If not, close this page
and tell your security team: ${sign}</p>`

/** Asks the person who has just signed in whether the terminal may in. The browser's own machine is the only way back. */
export const terminalPage = ({ name, form, host, address, back }: Asking & { readonly back: string }): Html =>
  page(
    'Sign this terminal in?',
    html`<p class="lead">You are signed in as <b>${name}</b>. A terminal on the computer of this browser wants to act for you.</p>
${machine(
  host,
  html`<dt>It waits at</dt><dd><code>${back}</code> on this computer</dd>
<dt>You come from</dt><dd>${seen(address)}</dd>`,
)}
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Signing it in …">Sign this terminal in</button>
</form>
${stranger('a program on this computer wants to act in your name.')}`,
  )

/** Continues by itself to the terminal on this machine, even without scripts; a redirect of a form would be blocked. */
export const backToTerminalPage = (address: string): Html =>
  page(
    'Going back to the terminal',
    html`<p class="lead">Your browser tells the terminal now, which takes a moment. Nothing happens? Press the button, within a minute.</p>
<p class="wide"><a class="button" href="${address}">Tell the terminal</a></p>
<p class="small after">“This site can’t be reached” means that the terminal has stopped waiting. Run <code>latchkey sign-in</code> again.</p>`,
    html`<meta http-equiv="refresh" content="0; url=${address}">`,
  )

/** What was typed before, and why it did not work. */
type Refused = { readonly typed: string; readonly fault: string }

/** Asks for the code that a terminal shows; with the reason why the last one did not work. */
export const codePage = ({
  name,
  form,
  refused,
}: Pick<Asking, 'name' | 'form'> & { readonly refused?: Refused }): Html =>
  page(
    'Type the code of your terminal',
    html`<p class="lead">You are signed in as <b>${name}</b>. Your terminal shows a code of eight letters, such as
<code>BCDF-GHJK</code>.</p>
<form method="post" class="card">
<input type="hidden" name="form" value="${form}">
<label for="text">Code</label>
${refused ? html`<p class="fault" id="fault">${refused.fault}</p>` : ''}
<input id="text" name="code" required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false"${
      refused ? html` value="${refused.typed}" aria-invalid="true" aria-describedby="fault" autofocus` : ''
    }>
<button data-busy="Looking …">Continue</button>
</form>
<p class="small after">Type only a code that your own terminal shows. Never type one that somebody sends you. The next page names the
machine, and asks before anything happens.</p>`,
  )

/** Asks whether the terminal with this code may in. */
export const codeTerminalPage = ({ name, form, code, host, address }: Asking & { readonly code: string }): Html =>
  page(
    'Sign this terminal in?',
    html`<p class="lead">You are signed in as <b>${name}</b>. The terminal that shows <b>${code}</b> wants to act for you.</p>
${machine(host, html`<dt>It calls from</dt><dd>${seen(address)}</dd>`)}
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="code" value="${code}">
<input type="hidden" name="permit" value="yes">
<button data-busy="Signing it in …">Sign this terminal in</button>
</form>
${stranger('whoever sent you the code wants to act in your name.')}`,
  )

/** After the button. */
export const terminalIsInPage: Html = page(
  'The terminal is signed in',
  html`<p class="lead">Go on there: it notices within a few seconds. You can close this page.</p>
<p class="small after"><code>latchkey sessions</code> lists where you are signed in, and <code>latchkey sign-out</code> ends it.</p>`,
)
