import { lengthInWords } from '../../domain/length.ts'
import type { EngineSettings, MountPath, VaultResourceType } from './resource-types.ts'
import { argument, quoted } from './shell-words.ts'

/** One read makes one login, so that both fields come from the same answer. No comment: zsh takes none at its prompt. */
const psql = (cli: string, path: string): string => {
  const fields = `.data | @sh "export PGUSER=\\(.username) PGPASSWORD=\\(.password)"`
  return `eval "$(${cli} read -format=json ${path} | jq -r ${quoted(fields)})" && psql -h HOST -d DATABASE || echo 'The last line is for PostgreSQL, and needs jq and psql.'`
}

/** What the end leaves behind: by the role where it was read, else as it may be. */
const cannotEnd = ({ databaseRoles }: EngineSettings, { mount, path }: MountPath): string => {
  const role = databaseRoles?.get(`${mount}/${path}`)
  if (!role) {
    return (
      'Each use makes a login of its own, until its lease or the access ends, whichever is first. Sessions that are open ' +
      'then go on, and a login that owns something stays, unless the revocation statements of the role end them.'
    )
  }
  const { life, endsSessions, givesObjectsAway, heir } = role
  const lives =
    life > 0 ? `for ${lengthInWords(life)} or until the access ends, whichever is first` : 'until the access ends'
  const sessions = endsSessions ? 'The end closes its open sessions' : 'Sessions that are open at the end go on'
  const kept = givesObjectsAway ? 'what it owns goes to another role' : 'a login that owns something stays'
  const objects = heir === undefined ? kept : `its views and functions then work with the rights of ${heir}`
  return `Each use of ${path} makes a login of its own, ${lives}. ${sessions}, and ${objects}.`
}

/** A role of a database engine: each use makes a login of its own. */
export const database: VaultResourceType = {
  engine: 'database',
  pattern: /^[\w.-]+$/,
  permissions: new Map([
    [
      'connect',
      {
        rights: ({ mount, path }) => ({ [`${mount}/creds/${path}`]: ['read'] }),
        commands: (cli, { mount, path }) => {
          const at = argument(`${mount}/creds/${path}`)
          return [`${cli} read ${at}`, psql(cli, at)]
        },
        fillIn: ['HOST', 'DATABASE'],
        ending: (settings, place) => ({ byTokenOnly: true, cannotEnd: cannotEnd(settings, place) }),
      },
    ],
  ]),
}
