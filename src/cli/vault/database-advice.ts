import { isLeaving } from '../../connectors/vault/database-roles.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import type { SetupSettings } from './settings.ts'
import { line } from './shell.ts'

/** What people with access to a database would leave behind, and what prevents it. Empty without database mounts. */
export const databaseAdvice = async (
  admin: Pick<Admin, 'list' | 'read'>,
  { databaseMounts = [], extras }: Pick<SetupSettings, 'databaseMounts' | 'extras'>,
): Promise<readonly string[]> => {
  if (databaseMounts.length === 0) return []
  const leaving: string[] = []
  for (const mount of databaseMounts) {
    const names = await readable(admin.list(mount, 'roles'), [])
    for (const name of names) {
      if (isLeaving(await readable(admin.read(mount, 'roles', name), undefined))) leaving.push(`${mount}/${name}`)
    }
  }
  return [
    '',
    ...(extras.includes('revoke-tokens')
      ? []
      : [
          'Nothing of a database mount is offered without --with revoke-tokens: the end of access must end the tokens.',
        ]),
    ...(leaving.length === 0
      ? []
      : [
          'At the end of access to these roles, open sessions go on, or a login that owns something stays:',
          ...leaving.map((path) => `  ${path}`),
          'For PostgreSQL, this prints the command that gives them better revocation statements. OWNER gets what a login owned:',
          ...leaving.map((path) => `  ${statementsCommand(path)}`),
        ]),
  ]
}

/** The mount may not be there yet, or the administrator may not look into it. */
const readable = async <T>(answer: Promise<T>, otherwise: T): Promise<T> =>
  answer.catch((error: unknown) => {
    if (error instanceof CliError) return otherwise
    throw error
  })

/** What a reader of a finding types; the owner is theirs to choose. */
export const statementsCommand = (role: string): string =>
  `latchkey vault database-statements --role ${line(role)} --owner OWNER`
