import type { TrialLine } from '../../control/protocol.ts'
import { lengthOf } from '../../domain/length.ts'
import type { ControlClient } from '../client.ts'
import type { PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'

export type TryOptions = PlaceOptions & { readonly to: string; readonly timeout: string }

const pace = 500 // milliseconds between two looks
const newsEvery = 15_000

/**
 * Sends a person a message with a button through the running server, and waits for the press. So the press arrives on the
 * very way of real ones. The same for every chat.
 */
export const tryChat = async (platform: string, options: TryOptions, io: Io): Promise<void> => {
  const within = lengthOf(options.timeout)
  if (!within || within < 5 || within > 3600)
    throw usageError(`--timeout ${options.timeout}: write a length of 5s to 60m`)
  const { withServer } = await import('../client.ts')
  await withServer(options, io, async (server) => {
    const sent = await server.ask({ verb: 'try-chat', platform, person: options.to, within })
    io.note(`Sent to ${sent.name} (${sent.account}). Press the button in ${sent.title} within ${options.timeout}.`)
    if (!sent.isConnected) io.note(`The server has no connection to ${sent.title} now; its log says why.`)
    const waited = await pressedWithin(server, sent.trial, within * 1000, io)
    const ended = await server.ask({ verb: 'end-trial', trial: sent.trial })
    const done = { ...waited, ...ended }
    if (done.pressed === undefined) {
      for (const hint of sent.hints) io.say(`- ${hint}`)
      throw new CliError(`no press has arrived within ${options.timeout}. Check, in this order, what is listed above.`)
    }
    if (done.trouble !== undefined)
      throw new CliError(`the press has arrived, but the message cannot be changed: ${done.trouble}`)
    io.say(`It works: pressed at ${new Date(done.pressed).toLocaleTimeString()} by ${sent.name}.`)
    io.say('The message in the chat says so, too.')
  })
}

const pressedWithin = async (server: ControlClient, trial: string, limit: number, io: Io): Promise<TrialLine> => {
  const start = performance.now()
  for (let told = 0; ; ) {
    const line = await server.ask({ verb: 'trial', trial })
    const spent = performance.now() - start
    if (line.pressed !== undefined || spent >= limit) return line
    if (spent - told >= newsEvery) {
      told = spent
      io.note(`Waiting; ${Math.round((limit - spent) / 1000)} s are left.`)
    }
    await new Promise((resolve) => setTimeout(resolve, pace))
  }
}
