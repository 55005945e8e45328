import { openApi } from '../api/client.ts'
import type { Me } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'

const meaning = {
  run: 'ask, and use your own access; people decide',
  own: 'ask, and use your own access; to decide, sign in with the browser where there is one',
  all: 'ask, decide, and end access',
}

export const whoAmI = async (
  { io, safe }: Context,
  _: readonly string[],
  { json }: { readonly json?: boolean },
): Promise<void> => {
  const api = await openApi(safe)
  const me = await api.call<Me>('GET', '/me')
  if (json) return io.say(JSON.stringify(me, null, 2))
  io.say(`${me.person.name} (${me.person.id}) at ${api.server}`)
  io.say(`You may: ${safe.run ? meaning.run : meaning[me.rights]}.`)
  for (const { id, name, address } of me.vaults) {
    io.say(`Vault ${id}${name === id ? '' : ` (${name})`}${address === undefined ? '' : ` at ${address}`}`)
  }
}
