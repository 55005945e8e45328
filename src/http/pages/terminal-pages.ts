import { html } from 'hono/html'
import { type Html, page } from './layout.ts'

/** The address that the terminal opened lacks something, or leads back to somewhere else than this machine. */
export const badTerminalPage: Html = page(
  'This address is not complete',
  html`<p>A terminal opens this page to sign you in, and something is missing in its address. Nothing was done.</p>
<p>Run <code>latchkey sign-in</code> again. If it keeps happening, use the newest <code>latchkey</code>.</p>`,
)

type Asking = { readonly name: string; readonly form: string; readonly host: string; readonly address: string }

const machine = ({ host, address }: Pick<Asking, 'host' | 'address'>): Html => html`<div class="card"><dl class="facts">
<dt>Machine</dt><dd><code>${host}</code></dd>
<dt>Called from</dt><dd><code>${address}</code></dd>
<dt>It may</dt><dd>do in your name what you may do here: ask, fetch, decide and end access</dd>
<dt>For</dt><dd>12 hours at most</dd>
</dl></div>`

const stranger = html`<p class="small after">You did not run <code>latchkey sign-in</code> yourself, just now, on that machine? Then close this page:
somebody may want to act in your name.</p>`

/** Asks the person who has just signed in whether the terminal may in. */
export const terminalPage = ({ name, form, ...at }: Asking): Html =>
  page(
    'Sign this terminal in?',
    html`<p class="lead">You are signed in as <b>${name}</b>. A terminal wants to act for you.</p>
${machine(at)}
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<button data-busy="Signing it in …">Sign this terminal in</button>
</form>
${stranger}`,
  )

/** Continues by itself to the terminal on this machine, even without scripts; a redirect of a form would be blocked. */
export const backToTerminalPage = (address: string): Html =>
  page(
    'Going back to the terminal',
    html`<p class="lead">Your browser is telling the terminal. Then you can close this page.</p>
<p class="wide"><a class="button" href="${address}">Tell the terminal</a></p>`,
    html`<meta http-equiv="refresh" content="0; url=${address}">`,
  )

/** Asks for the code that a terminal shows; with the reason why the last one did not work. */
export const codePage = ({ name, form, fault }: Pick<Asking, 'name' | 'form'> & { readonly fault?: string }): Html =>
  page(
    'Type the code of your terminal',
    html`<p class="lead">You are signed in as <b>${name}</b>. The terminal shows a code of eight letters.</p>
<form method="post" class="card">
<input type="hidden" name="form" value="${form}">
<label for="text">Code</label>
${fault === undefined ? '' : html`<p class="fault" id="fault">${fault}</p>`}
<input id="text" name="code" required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false"${
      fault === undefined ? '' : html` aria-invalid="true" aria-describedby="fault"`
    }>
<button data-busy="Looking …">Continue</button>
</form>`,
  )

/** Asks whether the terminal with this code may in. */
export const codeTerminalPage = ({ name, form, code, ...at }: Asking & { readonly code: string }): Html =>
  page(
    'Sign this terminal in?',
    html`<p class="lead">You are signed in as <b>${name}</b>. The terminal with the code <b>${code}</b> wants to act for you.</p>
${machine(at)}
<form method="post" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="code" value="${code}">
<input type="hidden" name="permit" value="yes">
<button data-busy="Signing it in …">Sign this terminal in</button>
</form>
${stranger}`,
  )

/** After the button. */
export const terminalIsInPage: Html = page(
  'The terminal is signed in',
  html`<p class="lead">Go on there. You can close this page.</p>`,
)
