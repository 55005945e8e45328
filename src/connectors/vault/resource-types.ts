/** The mounts of each secrets engine that the bot works with, without slashes at the ends. */
export type Mounts = { readonly kv: readonly string[]; readonly transit: readonly string[] }

/** Where a resource lies: its mount, and its name or path below it. */
export type Place = { readonly mount: string; readonly path: string }

/** One thing that may be done with a resource: its rights in the vault, and the command that uses them. */
export type VaultPermission = {
  readonly rights: (place: Place) => Readonly<Record<string, readonly string[]>>
  /** For the person's command line; `cli` is `bao` or `vault`. */
  readonly command: (cli: string, place: Place) => string
  /** Whether a key can do it; absent where every one can. */
  readonly fits?: (key: KeyFacts) => boolean
}

/** What a Transit key says of itself. */
export type KeyFacts = {
  readonly type: string
  readonly supports_encryption: boolean
  readonly supports_decryption: boolean
  readonly supports_signing: boolean
}

/** One kind of resource: the engine it lies in and what may be done with it. */
export type VaultResourceType = {
  readonly engine: keyof Mounts
  /** What a name below the mount looks like, where the engine is stricter than a policy. */
  readonly pattern?: RegExp
  readonly permissions: ReadonlyMap<string, VaultPermission>
  /** The page of the vault's own web pages, in which a mount is one part whatever slashes it has, that shows the resource; absent where the rights do not suffice for it. */
  readonly page?: (flavour: 'openbao' | 'vault', place: Place) => string
}

const text = '"$(printf %s TEXT | base64)"'

/** Transit works with `update` alone: `create` on encrypt would make a missing key. */
const transit = (
  verb: string,
  hasAlgorithm: boolean,
  input: string,
  fits: VaultPermission['fits'],
): VaultPermission => ({
  rights: ({ mount, path }) => ({
    [`${mount}/${verb}/${path}`]: ['update'],
    ...(hasAlgorithm && { [`${mount}/${verb}/${path}/*`]: ['update'] }),
  }),
  command: (cli, { mount, path }) => `${cli} write ${argument(`${mount}/${verb}/${path}`)} ${input}`,
  ...(fits && { fits }),
})

/** An HMAC key verifies what it made; other keys only what was signed. */
const verifies = (key: KeyFacts): boolean => key.supports_signing || key.type === 'hmac'

/** Everything that can be granted. A new kind of resource is a new entry here. */
const types: ReadonlyMap<string, VaultResourceType> = new Map<string, VaultResourceType>([
  [
    'secret',
    {
      engine: 'kv',
      permissions: new Map([
        [
          'read',
          {
            rights: ({ mount, path }) => ({ [`${mount}/data/${path}`]: ['read'] }),
            command: (cli, { mount, path }) => `${cli} kv get ${quoted(`-mount=${mount}`)} ${argument(path)}`,
          },
        ],
      ]),
      page: (flavour, { mount, path }) =>
        flavour === 'openbao'
          ? `/vault/secrets/${encodeURIComponent(mount)}/show/${encoded(path)}`
          : `/vault/secrets/${encodeURIComponent(mount)}/kv/${encodeURIComponent(path)}/details`,
    },
  ],
  [
    'key',
    {
      engine: 'transit',
      pattern: /^\w(([\w.-]+)?\w)?$/,
      permissions: new Map([
        ['encrypt', transit('encrypt', false, `plaintext=${text}`, (key) => key.supports_encryption)],
        ['decrypt', transit('decrypt', false, 'ciphertext=CIPHERTEXT', (key) => key.supports_decryption)],
        ['sign', transit('sign', true, `input=${text}`, (key) => key.supports_signing)],
        ['verify', transit('verify', true, `input=${text} signature=SIGNATURE`, verifies)],
      ]),
    },
  ],
])

/** The resource type of this name, such as `secret` or `key`. */
export const resourceTypeOf = (name: string): VaultResourceType | undefined => types.get(name)

/** The permissions on keys that this one can use. */
export const keyPermissions = (key: KeyFacts): readonly string[] =>
  [...(types.get('key')?.permissions ?? [])].filter(([, { fits }]) => fits?.(key) ?? true).map(([name]) => name)

/** Splits a resource's path into the mount, the longest one that fits, and the rest. */
export const splitPath = (path: string, mounts: readonly string[]): Place | undefined => {
  const fitting = mounts.filter((mount) => path.startsWith(`${mount}/`) && path.length > mount.length + 1)
  const [mount] = fitting.sort((one, other) => other.length - one.length)
  return mount === undefined ? undefined : { mount, path: path.slice(mount.length + 1) }
}

/** A word of a shell command, quoted where the shell would read anything into it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** The same for a word that the command must not take for an option. */
const argument = (word: string): string => (word.startsWith('-') ? `-- ${quoted(word)}` : quoted(word))

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
