import { confirmRemovals, heldRemovals } from '../app/confirm-removals.ts'
import type { Deps } from '../app/deps.ts'
import { erasePerson } from '../app/erase-person.ts'
import type { HeadKeeper } from '../app/publish-head.ts'
import type { PushLag, Replay } from '../app/push-audit.ts'
import type { RemoteConnectors } from '../app/remote-connectors.ts'
import { revokeAllAsOperator, revokeAsOperator } from '../app/revoke-as-operator.ts'
import { type Actor, actorName } from '../domain/audit-event.ts'
import type { Grant } from '../domain/grant.ts'
import { type GrantId, grantId, type IntegrationId, integrationId, personId } from '../domain/ids.ts'
import type { Operator, Roles } from '../domain/operator-role.ts'
import { overdueAfter, type Refused } from '../domain/overview.ts'
import { powerOf } from '../domain/power.ts'
import { timestamp } from '../domain/time.ts'
import type { StoreReader } from '../ports.ts'
import { grantLines, requestLine, usedGrantLines } from './access-lines.ts'
import { exportAudit, verifyAudit } from './audit.ts'
import { connectorAnswers } from './connectors.ts'
import { operatorLines } from './operators.ts'
import type { Asked, Result, Status, Verb } from './protocol.ts'
import { ControlRefusal } from './server.ts'
import { endSessionNamed, sessionLines } from './sessions.ts'
import { type ChatsToTry, trialLine, tryChat } from './try-chat.ts'
import { vaultLogLine } from './vault-log.ts'

/** What the server knows about itself. */
export type Self = ChatsToTry & {
  readonly version: string
  readonly startedAt: number
  readonly url: string
  readonly waitingFor: () => Promise<readonly string[]>
  readonly push: () => Promise<readonly PushLag[]>
  readonly replay: (after: number) => Promise<Replay | undefined>
  readonly head: HeadKeeper['trouble']
  /** Opens the database beside the server, to check the whole audit log. */
  readonly reader: () => Promise<StoreReader>
  /** Present where an integration's credentials are at a remote connector. */
  readonly remote?: RemoteConnectors | undefined
}

/** Who asks, under which name in the audit log, and with which roles. */
export type Asker = { readonly operator: Operator; readonly actor: Actor; readonly roles: Roles }

/** Answers the verbs of operators. Whether the asker may ask was checked before. */
export const controlAnswers =
  (deps: Deps, self: Self) =>
  async (asked: Verb, asker: Asker): Promise<Result<Verb['verb']>> => {
    const { actor, roles } = asker
    const shown = { words: roles.has('operate') }
    switch (asked.verb) {
      case 'status':
        return { ...(await status(deps, self)), ...(await roleLines(deps, asker)) }
      case 'requests':
        return (await deps.store.requests(filterOf(asked))).map((one) => requestLine(one, shown))
      case 'grants':
        return usedGrantLines(deps, await deps.store.grants(filterOf(asked)), shown)
      case 'look':
        return (await Promise.all(asked.grants.map((id) => deps.store.requestOfGrant(grantId(id))))).flatMap(
          grantLines(shown),
        )
      case 'revoke':
        return [...(await revokeAsOperator(deps)([await grantNamed(deps, asked.grant)], actor, asked.reason))]
      case 'revoke-all':
        return revokeAll(deps, asked, actor)
      case 'held': {
        const { grants, seen } = await heldRemovals(deps)()
        return { grants: grants.flatMap(grantLines(shown)), seen }
      }
      case 'try-chat':
        return tryChat(deps, self, asked)
      case 'trial':
        return trialLine(await self.trials.look(asked.trial))
      case 'end-trial':
        return trialLine(await self.trials.end(asked.trial))
      case 'replay-events':
        return replayEvents(deps, self, asked.after, actor)
      case 'sessions':
        return sessionLines(deps, asked.person)
      case 'end-session':
        return endSessionNamed(deps, asked.session, actor)
      case 'erase':
        return erase(deps, asked, actor)
      case 'invite-connector':
        return connectorAnswers(self.remote).invite(asked.integration, actor)
      case 'connectors':
        return connectorAnswers(self.remote).list()
      case 'revoke-connector':
        return connectorAnswers(self.remote).revoke(asked.connector, actor)
      case 'confirm-removals':
        return confirm(deps, asked.seen, actor)
      case 'operators':
        return operatorLines(deps, asker)
      case 'export-audit':
        return exportAudit(deps, asked.after, asked.limit)
      case 'verify-audit':
        return verifyAudit(self.reader, asked.heads)
      default:
        return asked satisfies never
    }
  }

/** Said only where roles are configured. */
const roleLines = async (deps: Deps, asker: Asker) =>
  deps.settings.operators ? { operators: await operatorLines(deps, asker) } : {}

const erase = async (deps: Deps, { person, isTrial }: Verb & { verb: 'erase' }, by: Actor) => {
  const known = deps.directory.find(personId(person)) !== undefined || (await deps.store.wasNamed(personId(person)))
  if (!known)
    throw new ControlRefusal('no-such-person', `nobody called "${person}" ever asked, decided or owned anything`)
  const { rows, ...counts } = await erasePerson(deps)(personId(person), isTrial ? undefined : by)
  return { ...counts, rows: rows.length }
}

const confirm = async (deps: Deps, seen: string, by: Actor): Promise<Asked[]> => {
  const asked = await confirmRemovals(deps)(seen, by)
  if (!asked) throw new ControlRefusal('changed', 'the held-back ends have changed meanwhile; list them again')
  return [...asked]
}

const replayEvents = async ({ log }: Deps, self: Self, after: number, by: Actor): Promise<Replay> => {
  const replay = await self.replay(after)
  if (!replay) throw new ControlRefusal('no-receiver', 'nobody receives events; name a receiver in events.webhook')
  log.info({ after, operator: actorName(by), ...replay }, 'events are sent again')
  return replay
}

type Listing = Pick<Verb & { verb: 'requests' }, 'id' | 'person' | 'integration' | 'limit'>

const filterOf = <State>({ id, person, integration, limit, state }: Listing & { state?: State | undefined }) => ({
  limit,
  ...(state !== undefined && { state }),
  ...(id !== undefined && { id }),
  ...(person !== undefined && { person: personId(person) }),
  ...(integration !== undefined && { integration: integrationId(integration) }),
})

/** A grant by the beginning of its id, or of the id of its request, which cards show. */
const grantNamed = async ({ store }: Deps, name: string): Promise<GrantId> => {
  const own = await store.grants({ id: name, limit: mostNamed })
  const found = own.length > 0 ? own : await store.requests({ id: name, limit: mostNamed })
  const grants = found.flatMap(({ grant }) => (grant ? [grant.id] : []))
  const [first, ...others] = grants
  if (!first) throw new ControlRefusal('no-such-grant', `there is no grant "${name}"`)
  if (others.length > 0 && !grants.includes(grantId(name))) {
    throw new ControlRefusal(
      'ambiguous',
      `several grants begin with "${name}": ${grants.join(', ')}; write more of the id`,
    )
  }
  return first
}

const mostNamed = 6

type Whose = Verb & { verb: 'revoke-all' }

/** An unknown name must not look like a person without access. */
const revokeAll = async (deps: Deps, { person, integration, reason }: Whose, by: Actor): Promise<Asked[]> => {
  if (person === undefined && integration === undefined) {
    throw new ControlRefusal('not-understood', 'name a person, an integration, or both')
  }
  const isKnown = async (id: IntegrationId) =>
    deps.integrations.has(id) || (await deps.store.grants({ integration: id, state: 'live', limit: 1 })).length > 0
  if (integration !== undefined && !(await isKnown(integrationId(integration)))) {
    const known = [...deps.integrations.keys()].join(', ')
    throw new ControlRefusal('no-such-integration', `there is no integration "${integration}"; there are ${known}`)
  }
  const whose = {
    ...(person !== undefined && { person: personId(person) }),
    ...(integration !== undefined && { integration: integrationId(integration) }),
  }
  const asked = await revokeAllAsOperator(deps)(whose, by, reason)
  if (asked.length === 0 && whose.person !== undefined && !deps.directory.find(whose.person)) {
    throw new ControlRefusal(
      'no-such-person',
      `the directory does not know "${person}", and nobody with that name has access`,
    )
  }
  return [...asked]
}

const status = async (deps: Deps, self: Self): Promise<Status> => {
  const head = self.head()
  const now = deps.clock.now()
  const tally = await deps.store.tally(now, timestamp(now - overdueAfter))
  return {
    ...{ version: self.version, instance: await deps.store.instance(), process: process.pid },
    ...{ startedAt: self.startedAt, url: self.url, waitingFor: [...(await self.waitingFor())] },
    integrations: await Promise.all(
      [...deps.integrations.keys()].map((integration) => integrationLine(deps, tally, integration)),
    ),
    held: (await heldRemovals(deps)()).grants.length,
    ...blocked(deps),
    cards: tally.cards.reduce((sum, { count }) => sum + count, 0),
    refused: tally.refused.map(refusedLine),
    audit: await deps.store.auditHead(),
    ...(head && { head }),
    push: (await self.push()).map(({ sink, rows, seconds, trouble, refusal }) => ({
      ...{ sink, rows, seconds },
      ...(trouble !== undefined && { trouble }),
      ...(refusal !== undefined && { refusal }),
    })),
  }
}

const refusedLine = ({ platform, recipient, code, since, count }: Refused): Status['refused'][number] => ({
  ...{ platform, code, since, count },
  ...(recipient.to === 'person'
    ? { to: recipient.person, account: recipient.identity.subject }
    : { to: recipient.channel.id }),
})

const blocked = ({ store }: Deps) => {
  const since = store.blockedSince()
  return since === undefined ? {} : { blockedSince: since }
}

const integrationLine = async (
  deps: Deps,
  { pending, grants }: Awaited<ReturnType<Deps['store']['tally']>>,
  integration: IntegrationId,
): Promise<Status['integrations'][number]> => {
  const own = grants.filter((row) => row.integration === integration)
  const count = (state: Grant['state']) => own.find((row) => row.state === state)?.count ?? 0
  const trouble = deps.troubleAt(integration)
  const connector = deps.integrations.get(integration)?.connector
  return {
    integration,
    ...(connector && { power: powerOf(connector) }),
    ...(trouble && { trouble: { since: trouble.since, code: trouble.code } }),
    away: [...(await deps.store.awayAt(integration))],
    stuck: [...(await deps.store.stuckLeases(integration))],
    ...(await vaultLogLine(deps, integration)),
    pending: pending.find((row) => row.integration === integration)?.count ?? 0,
    ...{ provisioning: count('provisioning'), active: count('active'), revoking: count('revoking') },
    overdue: own.reduce((sum, { overdue }) => sum + overdue, 0),
  }
}
