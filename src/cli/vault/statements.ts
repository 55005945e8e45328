import { revocationStatements } from '../../connectors/vault/database-statements.ts'
import type { Io } from '../io.ts'
import { usageError } from '../trouble.ts'
import { programIn } from './setup.ts'
import { line, withInput } from './shell.ts'
import type { Program } from './steps.ts'

/** The options of `latchkey vault database-statements`. */
export type StatementsOptions = {
  readonly role?: string
  readonly program?: Program
}

/** Prints what a role of PostgreSQL should do at the end of a login. With a role also the command that stores it. */
export const printStatements = ({ role, program }: StatementsOptions, io: Pick<Io, 'say' | 'environment'>): void =>
  io.say(role === undefined ? revocationStatements : storing(role, program ?? programIn(io)))

/** The command that stores the statements; everything else of the role stays. */
const storing = (role: string, program: Program): string => {
  const [, mount, name] = /^(.+)\/([\w.-]+)$/.exec(role.replace(/^\/+|\/+$/g, '')) ?? []
  if (mount === undefined || name === undefined)
    throw usageError(`--role ${role}: write MOUNT/ROLE, such as database/app`)
  const command = line(program, 'write', `${mount}/roles/${name}`, 'revocation_statements=-')
  return withInput(command, revocationStatements)
}
