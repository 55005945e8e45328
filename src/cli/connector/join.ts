import { systemClock } from '../../clock.ts'
import { joinServer } from '../../connectors/remote/join.ts'
import { fingerprint } from '../../connectors/remote/keys.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { connectorFile, type FileOption, wayOut } from './settings.ts'

/** Joins with the token of standard input, and says by which key the server knows this connector. */
export const join = async (options: FileOption & { readonly server?: string }, io: Io): Promise<void> => {
  const settings = connectorFile(options, options.server)
  const token = (await io.input()).trim() || (await io.ask('Token: ', { isHidden: true }))?.trim()
  if (!token) throw usageError('give the token on standard input: latchkey connector join … < token')
  const outbound = wayOut(settings, io)
  try {
    const way = { server: settings.server, agent: outbound.agent, clock: systemClock }
    const { identity, publicKey } = await joinServer(way, settings, token)
    io.say(`Joined for ${identity.integration}. The server knows this connector by the key ${fingerprint(publicKey)}.`)
    io.note('Compare it with "latchkey connectors list" at the server, then: latchkey connector run')
  } catch (error) {
    throw new CliError(`No join: ${messageOf(error)}`)
  } finally {
    await outbound.close()
  }
}
