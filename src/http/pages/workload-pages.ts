import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { AppRole, Credential, Usage, WorkloadLogin } from '../../domain/credential.ts'
import type { Secret } from '../../domain/secret.ts'
import { commandsForWorkload, commandsToLogIn } from '../terminal-commands.ts'
import { access } from './access.ts'
import { commandsByProgram, copyButton } from './copyable.ts'
import { giveBackButton, type Html, newLinkButton, page } from './layout.ts'
import { moment } from './moment.ts'

type Given = {
  readonly what: Shown
  readonly credential: Credential & { readonly appRole: AppRole }
  readonly form: string
  readonly href: string
}

/** Shown exactly once: a role_id and a wrapped secret_id. Nobody here sees the secret_id or a token. */
export const appRolePage = ({ what, credential, form, href }: Given): Html =>
  page(
    'Here is the login of your workload',
    html`<p class="lead">A role_id, and a secret_id in a one-time wrapping. Hand both to the workload: it unwraps the secret_id, and logs in with both.</p>
<div class="note"><p><b>Unwrap it by ${moment(credential.spendBy)}.</b> ${often(credential.appRole)} Fetching again makes new ones, and ends these.</p></div>
<section class="card" aria-labelledby="role-heading">
<h2 id="role-heading">Role ID</h2>
<pre><code id="role">${credential.appRole.roleId}</code></pre>
<p>${copyButton('role', 'Copy role ID')}</p>
</section>
${hidden('Wrapping token', 'wrapping', credential.wrappingToken)}
<section class="card" aria-labelledby="terminal">
<h2 id="terminal">In the workload’s shell</h2>
<p class="small">These lines ask for the wrapping token, unwrap the secret_id and log in. Neither is in the history or in the arguments of a program.</p>
${commandsByProgram(credential, (program) => commandsForWorkload(program, credential, credential.appRole.roleId))}
</section>
${what.isRevealedHere === false ? '' : unwrapping(credential, form, href)}
${opens(what)}`,
  )

const unwrapping = ({ wrappingToken }: Credential, form: string, href: string): Html =>
  html`<section class="card" aria-labelledby="here">
<h2 id="here">Unwrap it here</h2>
<p class="small">Shows the secret_id itself, for what cannot unwrap. Only this way lets Latchkey see it, for a moment.</p>
<form method="post" action="${href}/reveal" class="wide">
<input type="hidden" name="form" value="${form}">
<input type="hidden" name="token" value="${wrappingToken.reveal()}">
<button class="second" data-busy="Unwrapping …">Show the secret_id here</button>
</form>
</section>`

const often = ({ uses, loginBy }: AppRole): Html =>
  uses === 'once'
    ? html`The secret_id logs in once, until ${moment(loginBy)}.`
    : html`The secret_id logs in as often as needed, until ${moment(loginBy)}, from its networks alone.`

/** A text that onlookers must not read; needs no script. */
const hidden = (
  title: string,
  id: string,
  text: Secret,
): Html => html`<section class="card" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
<details class="token">
<summary><span class="dots" aria-hidden="true">••••••••••••••••••••</span><span class="toggle"><span class="more">Show<span class="unseen"> the ${title}</span></span><span class="less">Hide<span class="unseen"> the ${title}</span></span></span></summary>
<pre><code id="${id}">${text.reveal()}</code></pre>
</details>
<p>${copyButton(id, `Copy ${title.toLowerCase()}`)}</p>
</section>`

const opens = (what: Shown): Html => html`<section class="card" aria-labelledby="opens">
<h2 id="opens">What it opens</h2>
${access(what)}
</section>
<section class="card" aria-labelledby="back">
<h2 id="back">When it is done</h2>
<p>Access ends by itself. To end it earlier, press ${giveBackButton} in the chat.</p>
</section>`

/** The secret_id itself, for the browser that chose to see it. */
export const secretIdPage = ({ what, secretId }: { readonly what: Shown; readonly secretId: Secret }): Html =>
  page(
    'Here is the secret_id',
    html`<p class="lead">It logs in together with the role_id from the page before. This page shows it only once: if you lose it, press ${newLinkButton} in the chat.</p>
${hidden('Secret ID', 'secret-id', secretId)}
${opens(what)}`,
  )

type LogIn = { readonly what: Shown; readonly usage: Usage & { readonly login: WorkloadLogin }; readonly name: string }

/** For a service account or pipeline there is nothing to fetch: it logs in by itself. */
export const logInPage = ({ what, usage, name }: LogIn): Html => {
  const { mount, role, audience } = usage.login
  return page(
    'How your workload logs in',
    html`<p class="lead">You are signed in as <b>${name}</b>. There is nothing to fetch: the workload logs in with a token of its own.</p>
<section class="card" aria-labelledby="login-heading">
<h2 id="login-heading">Its login</h2>
<dl class="facts">
<dt>Vault</dt><dd><code>${usage.address}</code>${usage.namespace === undefined ? '' : html` in the namespace <code>${usage.namespace}</code>`}</dd>
<dt>Login</dt><dd><code>auth/${mount}</code></dd>
<dt>Role</dt><dd><code id="role">${role}</code></dd>
${audience === undefined ? '' : html`<dt>Audience of its token</dt><dd><code>${audience}</code></dd>`}
</dl>
<p>${copyButton('role', 'Copy role')}</p>
</section>
<section class="card" aria-labelledby="terminal">
<h2 id="terminal">In the workload’s shell</h2>
${commandsByProgram(usage, (program) => commandsToLogIn(program, usage))}
</section>
${opens(what)}`,
  )
}
