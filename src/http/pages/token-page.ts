import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { Secret } from '../../domain/secret.ts'
import { access, givingBack } from './access.ts'
import { copyButton } from './copyable.ts'
import { type Html, newLinkButton, page } from './layout.ts'

/** The token itself, hidden from people who look over the shoulder until it is asked for; needs no script. */
export const tokenPage = (what: Shown, token: Secret): Html =>
  page(
    'Here is your token',
    html`<p class="lead">It works until your access ends. It is shown this once: if you lose it, press ${newLinkButton} in the chat.</p>
<section class="card" aria-labelledby="token-heading">
<h2 id="token-heading">Token</h2>
<details class="token">
<summary><span class="dots" aria-hidden="true">••••••••••••••••••••</span><span class="toggle"><span class="more">Show<span class="unseen"> the token</span></span><span class="less">Hide<span class="unseen"> the token</span></span></span></summary>
<pre><code id="token">${token.reveal()}</code></pre>
</details>
<p>${copyButton('token', 'Copy token')}</p>
<p class="small">In a terminal, <code class="keep">bao login -no-print</code> (or <code class="keep">vault login -no-print</code>) asks for it without showing it.
In the vault’s web pages, sign in with the method <b>Token</b>.</p>
</section>
<section class="card" aria-labelledby="opens">
<h2 id="opens">What it opens</h2>
${access(what)}
</section>
${givingBack}`,
  )
