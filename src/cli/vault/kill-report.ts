import type { Io } from '../io.ts'
import { printTable } from '../table.ts'
import { CliError } from '../trouble.ts'
import type { Found, Removed } from './kill-all.ts'
import { sayTokensLeft } from './tokens-left.ts'

type Report = { readonly json?: boolean; readonly isComplete: boolean }

/** Says what was removed; throws when something is still there. `isComplete`: lent tokens were looked for too. */
export const report = (done: readonly Removed[], left: readonly Found[], options: Report, io: Io): void => {
  const columns = [
    { title: 'kind', of: ({ kind }: Removed) => kind },
    {
      title: 'name',
      of: ({ kind, mount, name }: Removed) =>
        mount ? `auth/${mount}/${kind === 'role' ? 'role' : 'users'}/${name}` : name,
    },
    { title: 'state', of: ({ state }: Removed) => state },
  ]
  printTable(io, columns, done, { json: options.json })
  const names = new Set(left.map(({ name }) => name))
  if (names.size > 0) {
    throw new CliError(`NOT ALL IS GONE, ${names.size} still there: ${[...names].join(', ')}. Run it again.`)
  }
  const failed = done.filter(({ state }) => state.startsWith('FAILED'))
  sayTokensLeft(done, io)
  if (failed.length > 0) throw new CliError(`${failed.length} removals failed, but the vault shows none of these names`)
  const rest = options.isComplete ? '' : ', but for tokens that were only lent: see above'
  io.note(
    `Read back: all of it is gone${rest}. A running Latchkey notices that within minutes and ends the grants in its database.`,
  )
}
