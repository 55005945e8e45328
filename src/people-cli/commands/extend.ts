import { openApi } from '../api/client.ts'
import type { AccessRequest } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { secondsOf } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { seeThrough, type WaitOptions } from './request.ts'

type Options = WaitOptions & { readonly for: string; readonly reason: string }

export const extend = async (context: Context, [grant = '']: readonly string[], options: Options): Promise<void> => {
  if (!secondsOf(options.for)) throw new CliError('say how long, such as --for 2h', exitCodes.usage)
  const start = Date.now()
  const api = await openApi(context.safe)
  const body = { duration: options.for, reason: options.reason }
  const request = await api.call<AccessRequest>('POST', `/grants/${encodeURIComponent(grant)}/extend`, { body })
  await seeThrough(context, api, request, options, start)
}
