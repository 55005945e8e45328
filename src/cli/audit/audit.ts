import type { Command } from 'commander'
import { withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { countOf, headOf, withFilterOptions } from './options.ts'

/** `latchkey audit …` reads the log, even while the server runs, and never writes. */
export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey audit list', 'latchkey audit verify'))

  withJsonOption(withFilterOptions(command.command('list')))
    .description('Show what happened, the newest last')
    .option('--limit <count>', 'the most rows to show', countOf('--limit'), 50)
    .addHelpText('after', examples('latchkey audit list --since 2h', 'latchkey audit list --kind refused --json'))
    .action(async (options) => (await import('./list.ts')).listAudit(options, io))

  withJsonOption(withPlaceOptions(command.command('show').argument('<number>', 'the row', countOf('NUMBER'))))
    .description('One row, whole')
    .addHelpText('after', examples('latchkey audit show 1207'))
    .action(async (sequence, options) => (await import('./list.ts')).showAudit(sequence, options, io))

  withJsonOption(withPlaceOptions(command.command('verify')).option('--server', viaServer))
    .description('Check that no row was changed, removed or inserted; exit code 1 if one was')
    .option('--head <number:hash...>', 'a head noted elsewhere: reveals a truncated or rewritten log', heads)
    .addHelpText('after', examples('latchkey audit verify', 'latchkey audit verify --head 1207:6f2c…'))
    .action(async (options) => (await import('./verify.ts')).verifyAudit(options, io))

  withFilterOptions(command.command('export').option('--server', viaServer))
    .description('Write all rows (or the selected ones) as JSON Lines or CSV')
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .option('--out <file>', 'write to a new file that only you can read, not to standard output')
    .addHelpText(
      'after',
      examples('latchkey audit export --out audit.jsonl', 'latchkey audit export --format csv --since 30d'),
    )
    .action(async (options) => (await import('./export.ts')).exportAudit(options, io))

  withJsonOption(withPlaceOptions(command.command('who')))
    .description('Show who had access to a resource at a moment, and who held a credential for it')
    .requiredOption('--resource <path>', 'the path of the resource, mount first, or its id')
    .requiredOption('--at <when>', 'the moment, such as 2026-01-31T14:00 (UTC) or 2h (ago)')
    .addHelpText('after', examples('latchkey audit who --resource kv/apps/orders/database --at 2026-01-31T14:00'))
    .action(async (options) => (await import('./who.ts')).whoHadAccess(options, io))

  withPlaceOptions(command.command('evidence').argument('<request>', 'the id of a request, or its beginning'))
    .description('Write a file about one request: rules, decisions, policy, access, proof of its end, audit rows')
    .option('--format <format>', 'text, json, or both in one file', 'both')
    .option('--out <file>', 'write to a new file that only you can read, not to standard output')
    .addHelpText('after', examples('latchkey audit evidence 3f9a --out evidence.txt'))
    .action(async (request, options) => (await import('./evidence.ts')).writeEvidence(request, options, io))
}

const viaServer = 'ask the running server, with the role “audit”, instead of reading the database'

const heads = (text: string, before: readonly ReturnType<typeof headOf>[] = []) => [...before, headOf(text)]
