import type { Command } from 'commander'
import { openApi } from '../api/client.ts'
import type { AccessRequest } from '../api/types.ts'
import { type Context, examples } from '../context.ts'
import { secondsOf } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { seeThrough, type WaitOptions, withWaiting } from './request.ts'

type Options = WaitOptions & { readonly for: string; readonly reason: string }

export const define = (command: Command, context: Context): void => {
  withWaiting(
    command
      .description('Ask for more time: a new access to the same, which is decided anew')
      .argument('<access>', 'its id, as "latchkey access" shows it')
      .requiredOption('--for <length>', 'how long from its start, such as 2h')
      .requiredOption('--reason <text>', 'why; whoever decides reads it'),
  )
    .addHelpText('after', examples('latchkey extend g0123456789 --for 2h --reason "the import still runs"'))
    .action(async (grant: string, options: Options) => {
      if (!secondsOf(options.for)) throw new CliError('say how long, such as --for 2h', exitCodes.usage)
      const start = Date.now()
      const api = await openApi(context.safe)
      const body = { duration: options.for, reason: options.reason }
      const request = await api.call<AccessRequest>('POST', `/grants/${encodeURIComponent(grant)}/extend`, { body })
      await seeThrough(context, api, request, options, start)
    })
}
