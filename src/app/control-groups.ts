import { type AuditEvent, byPerson } from '../domain/audit-event.ts'
import {
  type ControlGroup,
  type ControlGroupFound,
  denied,
  mayDecideOn,
  reported,
  shownState,
} from '../domain/control-group.ts'
import { controlGroupId, type IntegrationId, type PersonId } from '../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { seconds } from '../domain/time.ts'
import { noteFault } from '../domain/written.ts'
import { type ControlGroups, ExternalError } from '../ports.ts'
import type { ShownControlGroup } from '../views/control-groups.ts'
import { cardsForReport, decidersOn, shownTo } from './control-group-cards.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { newWindow } from './rates.ts'

/** How many reports one person may make in ten minutes, right or wrong: each costs the vault a call. */
const reports = { most: 20, per: seconds(600) }
const mostListed = 200
/** As every server writes them, with the mark of a namespace. */
const accessorPattern = /^[A-Za-z0-9]{8,64}(\.[A-Za-z0-9]{1,32})?$/

export type Reported = { readonly shown: ShownControlGroup; readonly isNew: boolean }
/** What a member runs with their own token. */
export type ToAuthorise = { readonly shown: ShownControlGroup; readonly commands: readonly string[] }

export type ControlGroupUseCases = ReturnType<typeof controlGroupUseCases>

/** What people do about the control groups of their vaults. Nobody is trusted about what waits: the vault is asked. */
export const controlGroupUseCases = (deps: Deps) => {
  const { store, clock } = deps
  const tooMany = newWindow(clock, reports.most, reports.per)

  const loaded = async (id: string): Promise<Outcome<ControlGroup>> => {
    const group = await store.controlGroup({ id: controlGroupId(id) })
    return group ? accept(group) : refuse({ code: 'no-such-control-group' })
  }
  const shown = (group: ControlGroup, reader: PersonId) => shownTo(deps, group, reader)

  /** Whether the person may decide on it now; `verb` is what they want. */
  const decidable = async (id: string, by: PersonId, verb: 'authorise' | 'deny'): Promise<Outcome<ControlGroup>> => {
    const found = await loaded(id)
    if (!found.ok) return found
    const group = found.value
    const refusal = mayDecideOn(group, decidersOn(deps, group).members, by)
    if (refusal) return refuse(refusal)
    const state = shownState(group, clock.now())
    const isPossible = state === 'pending' || (state === 'authorised' && verb === 'deny')
    return isPossible ? found : refuse({ code: 'control-group-over', state })
  }

  return {
    /** Whether any vault has control groups about which people can tell. */
    isOffered: [...deps.integrations.values()].some(({ connector }) => connector.controlGroups !== undefined),

    /** Tells Latchkey of a request that waits; repeated, it finds the same one. */
    report: async (typed: string, by: PersonId, at?: IntegrationId): Promise<Outcome<Reported>> => {
      const accessor = typed.trim()
      if (!accessorPattern.test(accessor)) return refuse({ code: 'no-such-control-group' })
      const again = tooMany(by)
      if (again !== undefined) return refuse({ code: 'too-many-reports', again })
      const served = servedBy(deps, at)
      for (const [integration] of served) {
        const known = await store.controlGroup({ integration, accessor })
        if (known) return accept({ shown: shown(known, by), isNew: false })
      }
      const found = await findAtVaults(deps, served, accessor)
      if (!found.ok) return found
      const { integration, look } = found.value
      if (decidersOn(deps, { integration, path: look.path }).groups.length === 0) {
        return refuse({ code: 'control-group-elsewhere', path: look.path })
      }
      const accounts = await store.accounts(integration)
      const person = accounts.find(({ name }) => look.accounts.includes(name))?.person
      const report = { id: controlGroupId(deps.newId()), integration, accessor, reporter: by }
      const group = reported(report, look, person, clock.now())
      const isNew = await store.addControlGroup(group, [reportedEvent(group)], cardsForReport(deps, group))
      deps.nudge()
      // Somebody else may have been faster.
      const stored = isNew ? group : await store.controlGroup({ integration, accessor })
      return stored ? accept({ shown: shown(stored, by), isNew }) : refuse({ code: 'try-again' })
    },

    /** Those that the person asked for, told of, or decides on; newest first. */
    list: async (by: PersonId): Promise<readonly ShownControlGroup[]> => {
      const all = await store.controlGroups(mostListed)
      return all.filter((group) => isTheirs(deps, group, by)).map((group) => shown(group, by))
    },

    /** One of those. */
    show: async (id: string, by: PersonId): Promise<Outcome<ShownControlGroup>> => {
      const found = await loaded(id)
      if (!found.ok || isTheirs(deps, found.value, by)) return found.ok ? accept(shown(found.value, by)) : found
      return refuse({ code: 'no-such-control-group' })
    },

    /** The lines with which a member authorises it. Only the member's own token does; who took them is audited. */
    authorise: async (id: string, by: PersonId): Promise<Outcome<ToAuthorise>> => {
      const found = await decidable(id, by, 'authorise')
      if (!found.ok) return found
      const group = found.value
      const connector = deps.integrations.get(group.integration)?.connector
      if (!connector?.controlGroups) return refuse({ code: 'no-control-groups', why: 'not-configured' })
      await store.audit([eventOf(group, 'control-group-shown', by, clock.now())])
      const commands = connector.controlGroups.commands(group.accessor, connector.describe().product)
      return accept({ shown: shown(group, by), commands })
    },

    mayDeny: async (id: string, by: PersonId): Promise<Outcome<ShownControlGroup>> => {
      const found = await decidable(id, by, 'deny')
      return found.ok ? accept(shown(found.value, by)) : found
    },

    /** Notes a member's denial; the vault is told after that, and again until it obeys. */
    deny: (id: string, by: PersonId, written: string): Promise<Outcome<ShownControlGroup>> =>
      untilCommitted(async () => {
        const note = written.trim()
        const fault = noteFault(note, { needed: true })
        if (fault) return refuse(fault)
        const found = await decidable(id, by, 'deny')
        if (!found.ok) return found
        const now = clock.now()
        const next = denied(found.value, decidersOn(deps, found.value).members, { by, note, at: now })
        if (!next.ok) return next
        const event = eventOf(next.value, 'control-group-denied', by, now, { note })
        if ((await store.saveControlGroup(next.value, [event], [])) === 'conflict') return 'conflict'
        deps.nudge()
        return accept(shown(next.value, by))
      }),
  }
}

type Served = readonly (readonly [IntegrationId, ControlGroups])[]

const servedBy = ({ integrations }: Deps, at: IntegrationId | undefined): Served =>
  [...integrations].flatMap(([id, { connector }]) =>
    connector.controlGroups && (at === undefined || at === id) ? [[id, connector.controlGroups] as const] : [],
  )

type Found = { readonly integration: IntegrationId; readonly look: ControlGroupFound }
type Why = Extract<Refusal, { code: 'no-control-groups' }>['why']

/** Asks the vaults in turn: an accessor is random, so only one can know it. */
const findAtVaults = async (deps: Deps, served: Served, accessor: string): Promise<Outcome<Found>> => {
  const troubles: Why[] = served.length === 0 ? ['not-configured'] : []
  for (const [integration, groups] of served) {
    try {
      const look = await groups.find(accessor)
      if (look) return accept({ integration, look })
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ integration, code: error.code, detail: error.message }, 'a vault did not tell of a control group')
      troubles.push(error.code === 'denied' ? 'no-right' : error.code === 'absent' ? 'ignored' : 'unreachable')
    }
  }
  const why = (['unreachable', 'no-right', 'not-configured'] as const).find((each) => troubles.includes(each))
  if (why) return refuse({ code: 'no-control-groups', why })
  return troubles.length === served.length
    ? refuse({ code: 'no-control-groups', why: 'ignored' })
    : refuse({ code: 'no-such-control-group' })
}

/** The requester, the reporter, and the members of its groups read it. */
const isTheirs = (deps: Deps, group: ControlGroup, reader: PersonId): boolean =>
  group.requester.person === reader || group.reporter === reader || decidersOn(deps, group).members.includes(reader)

type Kind = Extract<AuditEvent['kind'], `control-group-${string}`>

/** A row about it. The accessor is left out: whoever may revoke accessors could end it. */
export const aboutControlGroup = ({
  id,
  integration,
  path,
  operation,
}: Pick<ControlGroup, 'id' | 'integration' | 'path' | 'operation'>) => ({
  integration,
  detail: { controlGroup: id, path, operation } satisfies AuditEvent['detail'],
})

const eventOf = (
  group: ControlGroup,
  kind: Kind,
  by: PersonId,
  at: AuditEvent['at'],
  more: AuditEvent['detail'] = {},
): AuditEvent => {
  const { integration, detail } = aboutControlGroup(group)
  return { at, kind, actor: byPerson(by), integration, detail: { ...detail, ...more } }
}

const reportedEvent = (group: ControlGroup): AuditEvent =>
  eventOf(group, 'control-group-reported', group.reporter, group.reportedAt, {
    ...{ entity: group.requester.id, entityName: group.requester.name, state: group.state },
    ...(group.requester.person && { person: group.requester.person }),
  })
