import type { Command } from 'commander'
import type { ConnectorLine } from '../../control/connection-lines.ts'
import { shortId } from '../audit/list.ts'
import { momentText } from '../audit/options.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { type Column, printTable } from '../table.ts'

type Options = PlaceOptions & { readonly json?: boolean }

/** `latchkey connectors …` asks the running server. */
export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey connectors invite production', 'latchkey connectors list'))

  withPlaceOptions(command.command('invite'))
    .description('Print a one-time token with which a remote connector joins, within an hour')
    .argument('<integration>', 'the integration whose vault it serves; it has "credentials: remote"')
    .addHelpText('after', examples('latchkey connectors invite production > token'))
    .action((integration: string, options: PlaceOptions) => invite(integration, options, io))

  withJsonOption(withPlaceOptions(command.command('list')))
    .description('List the remote connectors, also revoked ones')
    .addHelpText('after', examples('latchkey connectors list'))
    .action((options: Options) => list(options, io))

  withPlaceOptions(command.command('revoke'))
    .description('Revoke a remote connector for ever; its integration is away until another one joins')
    .argument('<connector>', 'its id, or the beginning of it')
    .addHelpText('after', examples('latchkey connectors revoke 3f2a91c0'))
    .action((connector: string, options: PlaceOptions) => revoke(connector, options, io))
}

const invite = async (integration: string, options: PlaceOptions, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const { token } = await withServer(options, io, (server) => server.ask({ verb: 'invite-connector', integration }))
  io.say(token)
  io.note('It works once, within an hour. Beside the vault: latchkey connector join --server URL < token')
}

const list = async (options: Options, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const { fingerprint } = await import('../../connectors/remote/keys.ts')
  const rows = await withServer(options, io, (server) => server.ask({ verb: 'connectors' }))
  const { json } = options
  const columns: readonly Column<ConnectorLine>[] = [
    { title: 'connector', of: ({ id }) => shortId(id) },
    { title: 'integration', of: (row) => row.integration },
    { title: 'state', of: stateOf },
    { title: 'key', of: ({ key }) => fingerprint(key) },
    { title: 'joined', of: ({ joinedAt }) => momentText(joinedAt) },
    { title: 'from', of: ({ address }) => address },
  ]
  printTable(io, columns, rows, { json, empty: 'No remote connector has joined.' })
}

const stateOf = ({ isConnected, revokedAt, revokedBy }: ConnectorLine): string => {
  if (revokedAt !== undefined) return `revoked ${momentText(revokedAt)} by ${revokedBy}`
  return isConnected ? 'connected' : 'away'
}

const revoke = async (connector: string, options: PlaceOptions, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const revoked = await withServer(options, io, (server) => server.ask({ verb: 'revoke-connector', connector }))
  io.say(`The connector ${shortId(revoked.id)} of ${revoked.integration} is revoked.`)
  io.note('It can no longer connect. It still has credentials of the vault: renew them there if it was stolen.')
}
