import { html } from 'hono/html'
import type { Shown } from '../../app/find-link.ts'
import type { Usage } from '../../domain/credential.ts'
import type { Secret } from '../../domain/secret.ts'
import { commandsForToken } from '../terminal-commands.ts'
import { access, givingBack } from './access.ts'
import { commandsByProgram, copyButton, moreWays } from './copyable.ts'
import { type Html, newLinkButton, page } from './layout.ts'

type Given = { readonly what: Shown; readonly token: Secret; readonly usage: Usage }

/** The token itself, hidden from onlookers until the person shows it; needs no script. */
export const tokenPage = ({ what, token, usage }: Given): Html =>
  page(
    'Here is your token',
    html`<p class="lead">It works until your access ends. This page shows it only once: if you lose it, press ${newLinkButton} in the chat.</p>
<section class="card" aria-labelledby="token-heading">
<h2 id="token-heading">Token</h2>
<details class="token">
<summary><span class="dots" aria-hidden="true">••••••••••••••••••••</span><span class="toggle"><span class="more">Show<span class="unseen"> the token</span></span><span class="less">Hide<span class="unseen"> the token</span></span></span></summary>
<pre><code id="token">${token.reveal()}</code></pre>
</details>
<p>${copyButton('token', 'Copy token')}</p>
</section>
<section class="card" aria-labelledby="terminal">
<h2 id="terminal">In a terminal</h2>
<p class="small">Paste these lines into bash or zsh, then the token where they ask for it. They sign this one shell in. Your own login stays, and is not used: without a token, they fail.</p>
${commandsByProgram(usage, (program) => commandsForToken(program, usage))}
</section>
<section class="card" aria-labelledby="pages">
<h2 id="pages">In the vault’s web pages</h2>
<p class="small">Open <a href="${usage.address}/ui/" target="_blank" rel="noreferrer">${usage.address}<span class="unseen"> (in a new tab)</span></a> and sign in with the method <b>Token</b>${usage.namespace === undefined ? '' : html` in the namespace <b>${usage.namespace}</b>`}.</p>
</section>
${moreWays(usage)}
<section class="card" aria-labelledby="opens">
<h2 id="opens">What it opens</h2>
${access(what)}
</section>
${givingBack}`,
  )
