import { leftBehind } from '../../connectors/vault/database-roles.ts'
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
  const leaving: { readonly path: string; readonly left: string }[] = []
  for (const mount of databaseMounts) {
    const names = await readable(admin.list(mount, 'roles'), [])
    for (const name of names) {
      const left = leftBehind(await readable(admin.read(mount, 'roles', name), undefined))
      if (left.length > 0) leaving.push({ path: `${mount}/${name}`, left: left.join('; ') })
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
          'What the end of access to these roles leaves behind:',
          ...leaving.map(({ path, left }) => `  ${path}: ${left}`),
          'For PostgreSQL, this gives them better revocation statements:',
          ...leaving.map(({ path }) => `  ${statementsCommand(path)}`),
        ]),
  ]
}

/** The mount may not be there yet, or the administrator may not look into it. */
const readable = async <T>(answer: Promise<T>, otherwise: T): Promise<T> =>
  answer.catch((error: unknown) => {
    if (error instanceof CliError) return otherwise
    throw error
  })

/** What a reader of a finding types. */
export const statementsCommand = (role: string): string =>
  `latchkey vault database-statements --role ${line(role)} | sh`
