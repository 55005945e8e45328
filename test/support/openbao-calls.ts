/** What a raw call came back with; nothing is judged. */
export type RawAnswer = { readonly status: number; readonly body: RawBody }
// biome-ignore lint/suspicious/noExplicitAny: tests look at any corner of the vault's answers
type RawBody = any

export type RawCall = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<RawAnswer>

/** Calls a vault as the holder of a token, or as nobody. `path` comes after `/v1/` and is sent as it is. */
export const rawCall =
  (address: string, token?: string): RawCall =>
  async (method, path, body, headers = {}) => {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { ...(token !== undefined && { 'X-Vault-Token': token }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }

/** A path with each segment encoded. */
export const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
