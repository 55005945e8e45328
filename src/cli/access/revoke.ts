import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Asked, GrantLine } from '../../control/protocol.ts'
import { pastedSecret } from '../../domain/pasted-secret.ts'
import { reasonLength } from '../../domain/written.ts'
import { printable } from '../../terminal.ts'
import { shortId } from '../audit/list.ts'
import { countOf } from '../audit/options.ts'
import type { ControlClient } from '../client.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { printTable } from '../table.ts'
import { CliError, usageError } from '../trouble.ts'
import { grantColumns, grantText } from './grants.ts'
import { itemsText } from './requests.ts'

type RevokeOptions = PlaceOptions & {
  readonly person?: string
  readonly integration?: string
  readonly reason?: string
  readonly yes?: boolean
  readonly wait: boolean
  readonly timeout: number
  readonly json?: boolean
}

const lookEvery = 200

/** Checked here as well, so that the mistake is named by its option. */
const reasonOf = (text: string): string => {
  const { min, max } = reasonLength
  const { length } = text.trim()
  if (length < min || length > max) throw usageError(`--reason: write ${min} to ${max} characters`)
  if (pastedSecret(text))
    throw usageError('--reason: leave out what looks like a secret; its holder and owners read this')
  return text.trim()
}

/** `latchkey revoke` */
export const define = (command: Command, io: Io): void => {
  withJsonOption(withPlaceOptions(command.argument('[grants...]', 'ids of grants, or their beginnings')))
    .option('--person <person>', 'every live grant of this person')
    .option('--integration <name>', 'every live grant at this integration (with --person: of that person there)')
    .option('--reason <text>', 'why, for the holder and the audit log', reasonOf)
    .option('--yes', 'do not ask for confirmation')
    .option('--no-wait', 'do not wait until the ends are proved')
    .option('--timeout <seconds>', 'how long to wait for the proofs', countOf('--timeout'), 60)
    .addHelpText(
      'after',
      examples(
        'latchkey revoke 3f9a01bc',
        'latchkey revoke --person developer --reason "left the team"',
        'latchkey revoke --integration production --yes',
      ),
    )
    .action((grants: readonly string[], options: RevokeOptions) => revoke(grants, options, io))
}

const revoke = async (grants: readonly string[], options: RevokeOptions, io: Io): Promise<void> => {
  const { person, integration, reason } = options
  const isMany = person !== undefined || integration !== undefined
  if (isMany === grants.length > 0)
    throw usageError('Name grants, or a person or an integration with --person or --integration.')
  const { withServer } = await import('../client.ts')
  await withServer(options, io, async (server) => {
    if (isMany && !options.yes && !(await isMeant(server, { person, integration }, io)))
      throw new CliError('Nothing was ended.')
    const asked = isMany
      ? await server.ask({ verb: 'revoke-all', person, integration, reason })
      : await askEach(server, grants, reason)
    if (asked.length === 0) return io.say(options.json ? '[]' : 'There is no live access to end.')
    const after = options.wait ? await untilProved(server, asked, options, io) : await look(server, asked)
    if (options.json) io.say(JSON.stringify(after, undefined, 2))
    const open = after.filter(({ state }) => state !== 'ended')
    if (!options.wait || open.length === 0) {
      if (!options.json)
        io.say(
          options.wait
            ? 'Every end is proved.'
            : 'The ends are requested; "latchkey grants" shows those not proved yet.',
        )
      return
    }
    throw new CliError(
      `${open.length} of ${after.length} ends are not proved yet. Latchkey keeps trying: latchkey grants --state revoking`,
    )
  })
}

/** Finds every grant before it ends one, so that a misspelt id ends nothing. */
const askEach = async (server: ControlClient, grants: readonly string[], reason?: string): Promise<Asked[]> => {
  const named = await Promise.all(grants.map((id) => server.ask({ verb: 'grants', id, limit: 2 })))
  for (const [index, found] of named.entries()) {
    if (found.length === 0) throw new CliError(`There is no grant "${grants[index]}". Nothing was ended.`)
    if (found.length > 1)
      throw new CliError(`Several grants begin with "${grants[index]}": write more. Nothing was ended.`)
  }
  const asked: Asked[] = []
  for (const { id } of named.flat()) asked.push(...(await server.ask({ verb: 'revoke', grant: id, reason })))
  return asked
}

/** Asks only where somebody can answer; a script that runs this command means it. */
const isMeant = async (
  server: ControlClient,
  whose: { person: string | undefined; integration: string | undefined },
  io: Io,
): Promise<boolean> => {
  const live = await server.ask({ verb: 'grants', ...whose, state: 'live', limit: 1000 })
  if (live.length === 0) return true
  printTable({ width: io.width, say: (text = '') => io.note(text) }, grantColumns, live)
  const answer = await io.ask(`End all ${live.length} of them now? Type yes: `)
  return answer === undefined || /^\s*y(es)?\s*$/i.test(answer)
}

/** What these ends are now, in that order. */
export const look = async (server: ControlClient, asked: readonly Asked[]): Promise<GrantLine[]> => {
  const { mostLooked } = await import('../../control/protocol.ts')
  const found: GrantLine[] = []
  for (let start = 0; start < asked.length; start += mostLooked) {
    const grants = asked.slice(start, start + mostLooked).map(({ grant }) => grant)
    found.push(...(await server.ask({ verb: 'look', grants })))
  }
  return found
}

/** Prints each change of each grant once. */
const untilProved = async (
  server: ControlClient,
  asked: readonly Asked[],
  { timeout, json }: RevokeOptions,
  io: Io,
): Promise<readonly GrantLine[]> => {
  const said = new Map<string, string>()
  const tell = json ? (text: string) => io.note(text) : (text: string) => io.say(text)
  const deadline = Date.now() + timeout * 1000
  for (;;) {
    const now = await look(server, asked)
    for (const grant of now) {
      // The next try moves all the time; only what the grant waits for is news.
      const { nextTry: _, ...steady } = grant
      const text = grantText(steady)
      if (said.get(grant.id) === text) continue
      said.set(grant.id, text)
      tell(
        printable(`${shortId(grant.id)}  ${grant.person}, ${itemsText(grant.items)} at ${grant.integration}: ${text}`),
      )
    }
    if (now.every(({ state }) => state === 'ended') || Date.now() > deadline) return now
    await delay(lookEvery)
  }
}
