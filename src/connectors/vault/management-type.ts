import type { VaultPermission, VaultResourceType } from './resource-types.ts'
import { argument, quoted } from './shell-words.ts'

/** What each endpoint of a KV v2 mount lets the holder do beneath a folder. */
type Levels = Readonly<Record<string, readonly string[]>>

/**
 * Nobody writes `metadata`, which holds owner tags and purges, nor the mount's `config`; nobody destroys. A list of
 * `detailed-metadata` would show the metadata of excepted secrets too.
 */
const readOnly: Levels = { metadata: ['list', 'read'], data: ['read'], subkeys: ['read'] }
/** `patch` alone would fail in clients that read and write; the three together work with all. */
const readWrite: Levels = { ...readOnly, data: ['create', 'read', 'update', 'patch'] }
/** A deletion is soft, so whoever deletes may also undo it. */
const admin: Levels = {
  ...readWrite,
  data: ['create', 'read', 'update', 'patch', 'delete'],
  delete: ['update'],
  undelete: ['update'],
}

type Verb = 'list' | 'get' | 'put' | 'patch' | 'delete' | 'undelete'

const permission = (levels: Levels, verbs: readonly Verb[]): VaultPermission => ({
  rights: ({ mount, path }) =>
    Object.fromEntries(
      Object.entries(levels).flatMap(([endpoint, capabilities]) => [
        [`${mount}/${endpoint}/${path}*`, capabilities],
        // A server takes the folder itself for the secret of its name, so only its listing is left.
        [`${mount}/${endpoint}/${path}`, endpoint === 'metadata' ? ['list'] : ['deny']],
      ]),
    ),
  commands: (cli, { mount, path }) => {
    const at = (name: string) => `${quoted(`-mount=${mount}`)} ${argument(`${path}${name}`)}`
    const lines: Record<Verb, string> = {
      list: path === '' ? `${cli} kv list ${argument(`${mount}/`)}` : `${cli} kv list ${at('')}`,
      get: `${cli} kv get ${at('NAME')}`,
      put: `${cli} kv put ${at('NAME')} KEY=VALUE`,
      patch: `${cli} kv patch ${at('NAME')} KEY=VALUE`,
      delete: `${cli} kv delete ${at('NAME')}`,
      undelete: `${cli} kv undelete -versions=VERSION ${at('NAME')}`,
    }
    return verbs.map((verb) => lines[verb])
  },
})

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** A folder of a KV v2 mount, or the whole mount, with everything beneath it. */
export const management: VaultResourceType = {
  engine: 'kv',
  covers: 'beneath',
  permissions: new Map([
    ['Admin', permission(admin, ['list', 'get', 'put', 'patch', 'delete', 'undelete'])],
    ['ReadWrite', permission(readWrite, ['list', 'get', 'put', 'patch'])],
    ['ReadOnly', permission(readOnly, ['list', 'get'])],
  ]),
  page: (flavour, { mount, path }) => {
    const folder = path === '' ? 'list' : `list/${encoded(path)}`
    return `/vault/secrets/${encodeURIComponent(mount)}/${flavour === 'openbao' ? folder : `kv/${folder}`}`
  },
}
