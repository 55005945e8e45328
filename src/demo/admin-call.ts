import { setTimeout as delay } from 'node:timers/promises'

/** One call with the root token; throws an Error with the vault's own words unless the answer is a success. */
export type AdminCall = (method: string, path: string, body?: unknown) => Promise<unknown>

/** Calls a vault as its administrator. `path` comes after `/v1/` and is sent as it is. */
export const adminCall =
  ({ address, rootToken }: { readonly address: string; readonly rootToken: string }): AdminCall =>
  async (method, path, body) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`${address}/v1/${path}`, { method, headers: { 'X-Vault-Token': rootToken }, ...init })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text.slice(0, 300)}`)
    return text === '' ? undefined : JSON.parse(text)
  }

/** A new KV v2 mount refuses everything for a moment, while it sets itself up. */
export const untilMountAnswers = async (call: AdminCall, mount: string): Promise<void> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      await call('GET', `${mount}/config`)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(20)
    }
  }
}
