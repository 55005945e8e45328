import type { VaultResourceType } from './resource-types.ts'
import { argument } from './shell-words.ts'

/** A role of a database engine: each use makes a login of its own. */
export const database: VaultResourceType = {
  engine: 'database',
  pattern: /^[\w.-]+$/,
  permissions: new Map([
    [
      'connect',
      {
        rights: ({ mount, path }) => ({ [`${mount}/creds/${path}`]: ['read'] }),
        commands: (cli, { mount, path }) => [`${cli} read ${argument(`${mount}/creds/${path}`)}`],
        ending: () => ({ byTokenOnly: true }),
      },
    ],
  ]),
}
