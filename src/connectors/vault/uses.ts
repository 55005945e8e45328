import type { EngineSettings, MountPath, VaultPermission, VaultResourceType } from './resource-types.ts'

/** One thing that a person may do with the vault's API. `body` is a word of a shell command. */
export type Use = {
  readonly engine: VaultResourceType['engine']
  readonly verb: string
  readonly method: 'GET' | 'LIST' | 'POST' | 'DELETE'
  readonly mount: string
  readonly endpoint: string
  /** The name at the endpoint; beneath a folder a name to fill in. */
  readonly name: string
  readonly body?: string
}

/** A call at a mount, as a permission itself tells it. */
export type Call = Omit<Use, 'engine' | 'mount'>

type Told = Omit<Call, 'name'> & { readonly needs: string }

const text = '$(printf %s TEXT | base64)'
const written = (fields: string): string => `"{${fields.replaceAll('"', '\\"')}}"`

/** What each right on an endpoint is for, in the order in which people need it. */
const known: { readonly [Engine in Use['engine']]: readonly Told[] } = {
  kv: [
    { verb: 'list', method: 'LIST', endpoint: 'metadata', needs: 'list' },
    { verb: 'fetch', method: 'GET', endpoint: 'data', needs: 'read' },
    {
      ...{ verb: 'create', method: 'POST', endpoint: 'data', needs: 'create' },
      body: `'{"options":{"cas":0},"data":{"KEY":"VALUE"}}'`,
    },
    {
      ...{ verb: 'update', method: 'POST', endpoint: 'data', needs: 'update' },
      body: `'{"data":{"KEY":"VALUE"}}'`,
    },
    { verb: 'delete', method: 'DELETE', endpoint: 'data', needs: 'delete' },
    { verb: 'undelete', method: 'POST', endpoint: 'undelete', needs: 'update', body: `'{"versions":[VERSION]}'` },
  ],
  transit: [
    ...[
      ['encrypt', `"plaintext":"${text}"`],
      ['decrypt', '"ciphertext":"CIPHERTEXT"'],
      ['rewrap', '"ciphertext":"CIPHERTEXT"'],
      ['sign', `"input":"${text}"`],
      ['verify', `"input":"${text}","signature":"SIGNATURE"`],
      ['hmac', `"input":"${text}"`],
    ].map(
      ([verb = '', fields = '']): Told => ({
        ...{ verb, method: 'POST', endpoint: verb, needs: 'update' },
        body: written(fields),
      }),
    ),
    { verb: 'read', method: 'GET', endpoint: 'keys', needs: 'read' },
    ...['encryption-key', 'signing-key', 'hmac-key'].map(
      (kind): Told => ({ verb: 'export', method: 'GET', endpoint: `export/${kind}`, needs: 'read' }),
    ),
  ],
  database: [{ verb: 'connect', method: 'GET', endpoint: 'creds', needs: 'read' }],
  // Their calls must name exact values, which only the permission knows.
  ssh: [],
  pki: [],
}

/** Everything that a permission on a place lets its holder do, told by its rights, or by itself. */
export const usesOf = (
  { engine, covers }: Pick<VaultResourceType, 'engine' | 'covers'>,
  { rights, calls }: Pick<VaultPermission, 'rights' | 'calls'>,
  { mount, path }: MountPath,
  settings: EngineSettings,
): readonly Use[] => {
  if (calls) return calls({ mount, path }, settings).map((call) => ({ ...call, engine, mount }))
  const given = rights({ mount, path })
  const isFolder = covers === 'beneath'
  return known[engine].flatMap(({ needs, ...call }) => {
    const rule = `${mount}/${call.endpoint}/${path}${isFolder ? '*' : ''}`
    const name = isFolder && call.method !== 'LIST' ? `${path}NAME` : path
    return given[rule]?.includes(needs) ? [{ ...call, engine, mount, name }] : []
  })
}
