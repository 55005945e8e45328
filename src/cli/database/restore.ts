import type { Command } from 'commander'
import { headOf } from '../audit/options.ts'
import { databaseOf, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'
import type { RestoreOptions } from './restore-steps.ts'

/** `latchkey restore` */
export const define = (command: Command, io: Io): void => {
  withPlaceOptions(
    command.argument(
      '<copy>',
      'a copy made by "latchkey backup"; at PostgreSQL the name of the database that pg_restore filled',
    ),
  )
    .option('--dry-run', 'show the consequences and change nothing; works while the server runs')
    .option('--yes', 'do not ask for confirmation')
    .option('--head <number:hash>', 'an audit head noted when the copy was made', headOf)
    .option(
      '--another-instance',
      'accept the copy of another Latchkey; nobody then owns what this one created at the vault',
    )
    .addHelpText(
      'after',
      examples('latchkey restore --dry-run /backups/latchkey.sqlite', 'latchkey restore /backups/latchkey.sqlite'),
    )
    .action(async (copy: string, options: RestoreOptions) =>
      databaseOf(options, io).facts
        ? (await import('./restore-server.ts')).restoreAtServer(copy, options, io)
        : (await import('./restore-file.ts')).restoreFile(copy, options, io),
    )
}
