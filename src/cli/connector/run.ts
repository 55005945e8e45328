import { once } from 'node:events'
import { systemClock } from '../../clock.ts'
import { identityIn, keyFile } from '../../connectors/remote/join.ts'
import { keyIn } from '../../connectors/remote/keys.ts'
import { runConnector } from '../../connectors/remote/run.ts'
import { messageOf } from '../../domain/message-of.ts'
import { newLog } from '../../log.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { connectorFile, type FileOption, wayOut } from './settings.ts'

/** Serves until a signal ends it. */
export const run = async (options: FileOption, io: Io): Promise<void> => {
  const settings = connectorFile(options)
  const identity = await orTrouble(identityIn(settings))
  if (!identity) {
    throw new CliError(
      `${settings.folder} has not joined a server: "latchkey connectors invite" at the server, then "latchkey connector join" here`,
    )
  }
  const key = await orTrouble(keyIn(keyFile(settings)))
  const outbound = wayOut(settings, io)
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const log = newLog(settings.logLevel)
  const connector = await orTrouble(
    runConnector({ settings, identity, key, agent: outbound.agent, clock: systemClock, log }),
  )
  await stopped
  await connector.stop()
  await outbound.close()
}

const orTrouble = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new CliError(messageOf(error))
  })
