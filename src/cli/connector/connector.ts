import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'

/** `latchkey connector …` runs beside a vault that the server cannot reach. */
export const define = (command: Command, io: Io): void => {
  command.addHelpText(
    'after',
    `\nIts file is not the server's:\n\n${exampleFile}${examples(
      'latchkey connector join --server https://latchkey.example.com < token',
      'latchkey connector run --config /etc/latchkey/connector.yaml',
    )}`,
  )

  withFile(command.command('join'))
    .description('Join a server with the one-time token on standard input')
    .option('--server <url>', 'the address of the server (else "server" in the file)')
    .addHelpText(
      'after',
      examples(
        'latchkey connector join --server https://latchkey.example.com < token',
        'latchkey connector join --config /etc/latchkey/connector.yaml < token',
      ),
    )
    .action(async (options) => (await import('./join.ts')).join(options, io))

  withFile(command.command('run'))
    .description('Serve the server’s orders at the vault; ends due access by itself while the server is away')
    .addHelpText('after', examples('latchkey connector run --config /etc/latchkey/connector.yaml'))
    .action(async (options) => (await import('./run.ts')).run(options, io))
}

const withFile = (command: Command): Command =>
  command.addOption(new Option('-c, --config <file>', 'the connector’s own file').default('connector.yaml'))

const exampleFile = `  server: https://latchkey.example.com
  folder: /var/lib/latchkey-connector
  vault:                     # as at the server, but with the real credentials
    internalUrl: https://vault.example.com:8200
    credentials: { folder: /etc/latchkey/vault }
  limits:                    # the server cannot exceed them
    mounts: [kv]
    paths: [kv/apps/*]
    permissions: [read]
    longest: 8h
`
