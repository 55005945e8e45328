import { randomBytes } from 'node:crypto'
import type { Agent } from 'node:http'
import { join } from 'node:path'
import { backoff } from '../../domain/backoff.ts'
import { type GrantId, grantId, instanceId, integrationId } from '../../domain/ids.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { ConnectorReport, ServerWord } from '../../domain/remote-connector.ts'
import { after, seconds, timestamp } from '../../domain/time.ts'
import { type Clock, ExternalError } from '../../ports.ts'
import { vaultConnector } from '../vault/connector.ts'
import { vaultNames } from '../vault/names.ts'
import { type ConnectorLine, connectorLine } from './connector-line.ts'
import { dial, NoLine } from './dial.ts'
import { handsOf } from './hands.ts'
import { inTurn } from './in-turn.ts'
import { keepTime } from './keeper.ts'
import type { OwnKey } from './keys.ts'
import { openLedger } from './ledger.ts'
import { limitsOf } from './limits.ts'
import { openLog, type Row } from './own-log.ts'
import { BadMessage } from './sealed.ts'
import type { ConnectorSettings, Identity } from './settings.ts'
import { newWitness } from './witness.ts'

type Log = { [Level in 'info' | 'warn' | 'error']: (fields: object, message: string) => void }

export type RunOptions = {
  readonly settings: ConnectorSettings
  readonly identity: Identity
  readonly key: OwnKey
  readonly agent?: Agent | undefined
  readonly clock: Clock
  readonly log: Log
}

export type RunningConnector = {
  isUp(): boolean
  stop(): Promise<void>
}

/** The longest pause between two tries: access at the vault waits meanwhile. */
const longestPause = seconds(8)

/** Serves the server's orders at the vault, and ends due access alone while no line is up. */
export const runConnector = async (options: RunOptions): Promise<RunningConnector> => {
  const { settings, identity, key, agent, clock, log } = options
  const [integration, instance] = [integrationId(identity.integration), instanceId(identity.instance)]
  const ledger = await openLedger(join(settings.folder, 'grants'), clock.now)
  const ownLog = await openLog(join(settings.folder, 'log.jsonl'), clock.now)
  await ledger.tidy()
  const vault = vaultConnector({ integration, instance, params: settings.vault, clock, log })
  const stopping = new AbortController()
  const live: { line?: ConnectorLine | undefined } = {}
  const reports = new Map<string, ConnectorReport>()
  const report = (one: ConnectorReport): void => {
    const id = randomBytes(12).toString('hex')
    reports.set(id, one)
    live.line?.report(id, one)
  }
  for (const { order, ended, isReported } of ledger.all())
    if (ended && !isReported) report({ about: 'ended', grant: order.grant, proof: ended })
  for (const one of unanswered(ownLog.rows())) report(one)
  const heard = (id: string, word: ServerWord): void => {
    const about = reports.get(id)
    reports.delete(id)
    if (about) noteWord(about, word).catch((error: unknown) => log.error({ error: String(error) }, 'not noted'))
  }
  const noteWord = async (about: ConnectorReport, word: ServerWord): Promise<void> => {
    if (about.about === 'ended') return ledger.noteReported(about.grant)
    const { grant, issuedAt } = about
    await ownLog.write({ what: 'word', detail: { grant, issuedAt, word } })
    if (word === 'not-fetched') log.error({ grant }, 'a wrapping token was opened that nobody was shown')
  }
  const turns = inTurn()
  const witness = newWitness(vault, clock, ownLog, report)
  const keeper = keepTime({
    ...{ vault, ledger, log: ownLog, clock, turns, report, warn: log.warn },
    isUp: () => live.line !== undefined,
  })
  const hands = handsOf({
    ...{ vault, ledger, witness, turns, limits: limitsOf(settings.limits) },
    names: vaultNames(settings.vault.namePrefix, instance),
  })
  const failed = (verb: string, error: unknown): void => {
    const code = error instanceof ExternalError ? error.code : 'unexpected'
    log.warn({ verb, code, problem: messageOf(error) }, 'an order was not done')
    if (code === 'beyond-limits' || code === 'not-ours')
      ownLog.write({ what: 'refused', detail: { verb, code } }).catch(() => {})
  }

  /** Serves over one line until it ends, and returns whether that was of use. */
  const serve = async (): Promise<boolean> => {
    const as = { connector: identity.connector, serverKey: identity.serverKey }
    const dialled = await dial({ server: settings.server, agent, clock }, key, as)
    const line = connectorLine({ dialled, key, hands, clock, heard, failed })
    live.line = line
    stopping.signal.addEventListener('abort', line.close)
    if (stopping.signal.aborted) line.close()
    log.info({ server: settings.server, integration }, 'connected')
    for (const [id, one] of reports) line.report(id, one)
    const why = await line.ended
    live.line = undefined
    stopping.signal.removeEventListener('abort', line.close)
    if (why instanceof BadMessage) await ownLog.write({ what: 'bad-message', detail: { why: why.message } })
    log.warn({ why: why instanceof BadMessage ? why.message : why }, 'the line ended')
    return line.hasServed()
  }
  const keepServing = async (): Promise<void> => {
    for (let tries = 0; !stopping.signal.aborted; ) {
      try {
        tries = (await serve()) ? 0 : tries + 1 // a line that serves nothing is as bad as none
      } catch (error) {
        tries += 1
        log.error({ problem: messageOf(error) }, 'no line to the server')
        if (error instanceof NoLine && error.isFinal) tries = Math.max(tries, 5)
      }
      const pause = tries === 0 ? 500 : Math.min(backoff(tries - 1), longestPause) * 1000
      await clock.sleep(timestamp(clock.now() + pause * (0.5 + Math.random() / 2)), stopping.signal)
    }
  }
  const keepCredentials = async (): Promise<void> => {
    while (!stopping.signal.aborted && vault.renewCredentials) {
      const next = await vault.renewCredentials().catch((error: unknown) => {
        log.warn({ problem: messageOf(error) }, 'the secret_id could not be renewed')
        return { next: after(clock.now(), seconds(600)) }
      })
      await clock.sleep(next.next, stopping.signal)
    }
  }

  await ownLog.write({ what: 'started', detail: { integration, connector: identity.connector } })
  const working = Promise.all([keepServing(), keepCredentials()])
  return {
    isUp: () => live.line !== undefined,
    stop: async () => {
      stopping.abort()
      witness.stop()
      await Promise.all([working, keeper.stop()])
      await Promise.all([vault.close(), ownLog.close()])
    },
  }
}

/** Opened tokens about which the server has not given its word. */
const unanswered = (rows: readonly Row[]): readonly (ConnectorReport & { about: 'opened' })[] => {
  const nameOf = ({ detail }: Row) => `${detail.grant} ${detail.issuedAt}`
  const answered = new Set(rows.filter(({ what }) => what === 'word').map(nameOf))
  return rows
    .filter((row) => row.what === 'opened' && !answered.has(nameOf(row)))
    .map(({ detail }) => ({
      ...{ about: 'opened', grant: grantOf(detail.grant), issuedAt: timestamp(Number(detail.issuedAt)) },
    }))
}

const grantOf = (value: unknown): GrantId => grantId(String(value))
