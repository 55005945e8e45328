import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { examples, withConfigOption } from '../options.ts'

/** `latchkey database …` prepares PostgreSQL as the owner of the tables, and copies a file there. */
export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey database setup', 'latchkey database migrate --dry-run'))

  command
    .command('setup')
    .description('Print the SQL with which an administrator of PostgreSQL makes both roles and the database')
    .addOption(new Option('--database <name>', 'the name of the database').default('latchkey'))
    .addOption(new Option('--owner <role>', 'the role that will own the tables').default('latchkey_owner'))
    .addOption(new Option('--server <role>', 'the role of the server').default('latchkey'))
    .addHelpText('after', examples('latchkey database setup > setup.sql', 'psql --file setup.sql'))
    .action(async (options) => (await import('./setup-sql.ts')).printSetup(options, io))

  withConfigOption(command.command('migrate'))
    .description('Bring PostgreSQL up to this version as the owner of the tables, and give the server its rights')
    .option('--dry-run', 'show what is to be done, and change nothing')
    .addHelpText(
      'after',
      '\nNeeds the owner’s address in DATABASE_OWNER_URL, or in a file that\nDATABASE_OWNER_URL_FILE names.' +
        examples('latchkey database migrate --dry-run', 'latchkey database migrate'),
    )
    .action(async (options) => (await import('./migrate.ts')).migrateDatabase(options, io))

  withConfigOption(command.command('copy'))
    .description('Copy a SQLite file into an empty PostgreSQL, with its audit log as it is')
    .requiredOption('--from <file>', 'the SQLite file; no server may run on it')
    .requiredOption('--to <address>', 'the address for the owner of the tables, without its password')
    .option('--dry-run', 'count the rows, and change nothing')
    .addHelpText(
      'after',
      '\nThe password comes with the whole address in DATABASE_OWNER_URL, or in a file\nthat DATABASE_OWNER_URL_FILE names. A copy that is interrupted leaves the file\nas it was and PostgreSQL empty.' +
        examples('latchkey database copy --from old.sqlite --to "$owner" --dry-run'),
    )
    .action(async (options) => (await import('./copy.ts')).copyDatabase(options, io))
}
