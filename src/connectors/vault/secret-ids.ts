import type { Secret } from '../../domain/secret.ts'
import { type Send, type VaultCall, vaultPath } from './client.ts'
import { failureOf } from './failure.ts'
import * as schemas from './schemas.ts'

/**
 * The owner of a secret_id, and the id of its drawing. The vault returns this mark at each login with that secret_id.
 */
export type Mark = { readonly owner: string; readonly drawn: string }

/** See `secretIdCalls`. */
export type SecretIdCalls = ReturnType<typeof secretIdCalls>

const keys = { owner: 'latchkey_instance', drawn: 'latchkey_drawn' } as const

/** The mark in the metadata of a secret_id; `undefined` when no Latchkey made it. */
export const markIn = (metadata: Readonly<Record<string, string>>): Mark | undefined => {
  const { [keys.owner]: owner, [keys.drawn]: drawn } = metadata
  return owner === undefined || drawn === undefined ? undefined : { owner, drawn }
}

/** The calls for the secret_ids of one AppRole. */
export const secretIdCalls = (
  tokenless: Send,
  { mount, role }: { readonly mount: string; readonly role: string },
  token: Secret,
) => {
  const base = vaultPath('auth', mount, 'role', role)
  const post = (path: string, body: object): VaultCall => ({ method: 'POST', path: `${base}/${path}`, token, body })
  const end = async (call: VaultCall): Promise<void> => {
    const { status } = await tokenless(call)
    if (status > 299 && status !== 404) throw failureOf(status, call)
  }
  return {
    make: async ({ owner, drawn }: Mark): Promise<Secret> => {
      const metadata = JSON.stringify({ [keys.owner]: owner, [keys.drawn]: drawn })
      const call = { ...post('secret-id', { metadata }), repeatable: false }
      return schemas.parse(schemas.secretIdBody, await tokenless(call), call)
    },
    /** A secret_id that the vault no longer knows is no error; the same holds below. */
    destroy: (secretId: string) => end(post('secret-id/destroy', { secret_id: secretId })),
    accessors: async (): Promise<readonly string[]> => {
      const call: VaultCall = { method: 'GET', path: `${base}/secret-id`, token, query: { list: 'true' } }
      const answer = await tokenless(call)
      return answer.status === 404 ? [] : schemas.parse(schemas.keysBody, answer, call)
    },
    /** The mark of a secret_id; `undefined` also when it ended meanwhile. */
    markOf: async (accessor: string): Promise<Mark | undefined> => {
      const call = post('secret-id-accessor/lookup', { secret_id_accessor: accessor })
      const answer = await tokenless(call)
      return answer.status === 404 ? undefined : markIn(schemas.parse(schemas.accessorBody, answer, call))
    },
    destroyAccessor: (accessor: string) => end(post('secret-id-accessor/destroy', { secret_id_accessor: accessor })),
  }
}
