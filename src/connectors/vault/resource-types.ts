import type { Seconds } from '../../domain/time.ts'
import type { LeftInDatabase } from './database-statements.ts'
import { database } from './database-type.ts'
import type { Engine, Mounts } from './engines.ts'
import { management } from './management-type.ts'
import { pki } from './pki-type.ts'
import type { ParameterRules } from './rule-parameters.ts'
import { argument, quoted } from './shell-words.ts'
import { ssh } from './ssh-type.ts'
import type { Call } from './uses.ts'

export type { Mounts } from './engines.ts'

/** On which a permission depends: how long a certificate lives, and what was read of roles of databases, by path. */
export type EngineSettings = Pick<Mounts, 'certificateLife'> & {
  readonly databaseRoles?: ReadonlyMap<string, DatabaseFacts>
}

/** How long a login of a role lives at most (0: the mount decides), and what its end leaves. */
export type DatabaseFacts = LeftInDatabase & { readonly life: Seconds }

/** The place of a resource: its mount, and its name or path in the mount. */
export type MountPath = { readonly mount: string; readonly path: string }

/** A permission on a resource: its rights in the vault, and the command that uses them. */
export type VaultPermission = {
  readonly rights: (place: MountPath) => Readonly<Record<string, readonly string[]>>
  /** What calls on those paths may contain, by path; absent: anything. */
  readonly parameters?: (place: MountPath, settings: EngineSettings) => Readonly<Record<string, ParameterRules>>
  /** The command lines for the person; `cli` is `bao` or `vault`. */
  readonly commands: (cli: string, place: MountPath, settings: EngineSettings) => readonly string[]
  /** The words in `commands` that a person replaces by their own. */
  readonly fillIn?: readonly string[]
  /** The calls that use it, where its rights alone do not tell them. */
  readonly calls?: (place: MountPath, settings: EngineSettings) => readonly Call[]
  /** What its end needs, and what outlasts it; absent: the end of the policy is the end of everything. */
  readonly ending?: (settings: EngineSettings, place: MountPath) => Ending
  /** Whether a key supports it; absent when every key does. */
  readonly fits?: (key: KeyFacts) => boolean
}

/** How a permission ends. People read `cannotEnd`, a sentence, before they approve. */
export type Ending = {
  /** Its ends must end the tokens: deleting their policy leaves what they made. */
  readonly byTokenOnly?: true
  readonly cannotEnd?: string
}

/** The vault's facts about a Transit key. */
export type KeyFacts = {
  readonly type: string
  readonly supports_encryption: boolean
  readonly supports_decryption: boolean
  readonly supports_signing: boolean
  /** Whether it was made so that its material may leave the vault. */
  readonly exportable: boolean
}

/** One type of resource: its engine and its permissions. */
export type VaultResourceType = {
  readonly engine: Engine
  /**
   * `beneath`: it covers everything beneath its path, which ends in `/`. Its rules end in `*`, but for exact ones that say
   * less. Absent: only its path.
   */
  readonly covers?: 'beneath'
  /** The pattern of names in the mount, where the engine is stricter than a policy. */
  readonly pattern?: RegExp
  readonly permissions: ReadonlyMap<string, VaultPermission>
  /**
   * The web page of the vault that shows the resource; there a mount is one part, even with slashes. Absent where the
   * person's rights do not suffice.
   */
  readonly page?: (flavour: 'openbao' | 'vault', place: MountPath) => string
}

const text = '"$(printf %s TEXT | base64)"'

/** Transit needs only `update`: with `create`, an encrypt call would create a missing key. */
const transit = (
  verb: string,
  hasAlgorithm: boolean,
  input: string,
  fits?: VaultPermission['fits'],
): VaultPermission => ({
  rights: ({ mount, path }) => ({
    [`${mount}/${verb}/${path}`]: ['update'],
    ...(hasAlgorithm && { [`${mount}/${verb}/${path}/*`]: ['update'] }),
  }),
  commands: (cli, { mount, path }) => [`${cli} write ${argument(`${mount}/${verb}/${path}`)} ${input}`],
  ...(fits && { fits }),
})

/** The material of a key; an endpoint of another kind of key answers 400. */
const exports = ['encryption-key', 'signing-key', 'hmac-key'] as const

const exported: VaultPermission = {
  rights: ({ mount, path }) =>
    Object.fromEntries(
      exports.flatMap((kind) => ['', '/*'].map((end) => [`${mount}/export/${kind}/${path}${end}`, ['read']])),
    ),
  commands: (cli, { mount, path }) =>
    exports.map((kind) => `${cli} read ${argument(`${mount}/export/${kind}/${path}`)}`),
  fits: ({ exportable }) => exportable,
}

const facts: VaultPermission = {
  rights: ({ mount, path }) => ({ [`${mount}/keys/${path}`]: ['read'] }),
  commands: (cli, { mount, path }) => [`${cli} read ${argument(`${mount}/keys/${path}`)}`],
}

/** An HMAC key verifies its own results; other keys verify only signatures. */
const verifies = (key: KeyFacts): boolean => key.supports_signing || key.type === 'hmac'

const rewraps = (key: KeyFacts): boolean => key.supports_encryption && key.supports_decryption

/** Everything that can be granted. A new type of resource is a new entry here. */
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
            commands: (cli, { mount, path }) => [`${cli} kv get ${quoted(`-mount=${mount}`)} ${argument(path)}`],
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
        ['rewrap', transit('rewrap', false, 'ciphertext=CIPHERTEXT', rewraps)],
        ['sign', transit('sign', true, `input=${text}`, (key) => key.supports_signing)],
        ['verify', transit('verify', true, `input=${text} signature=SIGNATURE`, verifies)],
        ['hmac', transit('hmac', true, `input=${text}`)],
        ['read', facts],
        ['export', exported],
      ]),
    },
  ],
  ['management', management],
  ['database', database],
  ['ssh', ssh],
  ['pki', pki],
])

/** The resource type with this name, such as `secret` or `key`. */
export const resourceTypeOf = (name: string): VaultResourceType | undefined => types.get(name)

/** Every type with its permissions, by name. */
export const offeredTypes = (): readonly (readonly [type: string, permissions: readonly string[]])[] =>
  [...types].map(([name, { permissions }]) => [name, [...permissions.keys()]])

/** The permissions that this key supports. */
export const keyPermissions = (key: KeyFacts): readonly string[] =>
  [...(types.get('key')?.permissions ?? [])].filter(([, { fits }]) => fits?.(key) ?? true).map(([name]) => name)

/** Splits the path of a resource into its mount (the longest match) and the rest; a whole mount has no rest. */
export const splitPath = (path: string, mounts: readonly string[], mayBeMount = false): MountPath | undefined => {
  const least = mayBeMount ? 1 : 2
  const fitting = mounts.filter((mount) => path.startsWith(`${mount}/`) && path.length >= mount.length + least)
  const [mount] = fitting.sort((one, other) => other.length - one.length)
  return mount === undefined ? undefined : { mount, path: path.slice(mount.length + 1) }
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
