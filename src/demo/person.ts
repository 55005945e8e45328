/** A person's actions with a link and a vault: in a browser without JavaScript, and at a terminal. */

/** A browser with cookies that visits the page of a one-time link. */
export type Browser = {
  /** Opens the address; changes nothing. */
  look(url: string): Promise<{ status: number; html: string }>
  /** Opens the address, presses the button, and returns the next page. */
  redeem(url: string): Promise<{ status: number; html: string; wrappingToken?: string }>
  /** Opens the address of a used link and presses "This was not me". */
  report(url: string): Promise<{ status: number; html: string }>
  /** Presses "Reveal here" on the page that `redeem` returned. */
  reveal(url: string, html: string): Promise<{ status: number; html: string }>
}

/** A fresh browser, with no cookies. */
export const newBrowser = (): Browser => {
  const cookies = new Map<string, string>()
  const send = async (url: string, body?: URLSearchParams) => {
    const headers = {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body && { origin: new URL(url).origin, 'content-type': 'application/x-www-form-urlencoded' }),
    }
    const answer = await fetch(url, { redirect: 'manual', headers, ...(body && { method: 'POST', body }) })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return { status: answer.status, html: await answer.text() }
  }
  const look = (url: string) => send(url)
  return {
    look,
    redeem: async (url) => {
      const before = await look(url)
      const form = hidden(before.html, 'form')
      const page = await send(url, new URLSearchParams(form === undefined ? {} : { form }))
      // Where the page reveals nothing, the token stands only in the address of the vault's own pages.
      const wrappingToken = hidden(page.html, 'token') ?? /[?&;]wrapped_token=([\w.-]+)/.exec(page.html)?.[1]
      return { ...page, ...(wrappingToken && { wrappingToken }) }
    },
    report: async (url) => {
      const form = hidden((await look(url)).html, 'form') ?? ''
      return send(`${url}/report`, new URLSearchParams({ form }))
    },
    reveal: (url, html) =>
      send(
        `${url}/reveal`,
        new URLSearchParams({ form: hidden(html, 'form') ?? '', token: hidden(html, 'token') ?? '' }),
      ),
  }
}

const hidden = (html: string, name: string): string | undefined =>
  html.match(new RegExp(`<input[^>]*name="${name}"[^>]*value="([^"]*)"`))?.[1]

/** The vault's answer to a person's own call. */
export type Answer = { readonly status: number; readonly body: unknown }

const call = async (address: string, method: string, path: string, token: string): Promise<Answer> => {
  const answer = await fetch(`${address}/v1/${path}`, { method, headers: { 'X-Vault-Token': token } })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Like `bao unwrap`: uses up the wrapping token and returns the person's own token. */
export const unwrap = async (address: string, wrappingToken: string): Promise<string> => {
  const { status, body } = await call(address, 'POST', 'sys/wrapping/unwrap', wrappingToken)
  const token = field(field(body, 'auth'), 'client_token')
  if (typeof token !== 'string') throw new Error(`the wrapping token was refused (${status})`)
  return token
}

/** Like `bao kv get`: reads a secret with the person's own token. */
export const readSecret = (address: string, token: string, path: string): Promise<Answer> => {
  const [mount = '', ...rest] = path.split('/')
  return call(address, 'GET', [mount, 'data', ...rest].map(encodeURIComponent).join('/'), token)
}

/** The named value of a secret that was read; undefined when the read was refused. */
export const secretValue = (answer: Answer, name: string): unknown =>
  field(field(field(answer.body, 'data'), 'data'), name)

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
