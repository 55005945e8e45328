import type { Handle, Plan } from '../../domain/connector.ts'
import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import { type Outcome, type Refusal, refuse } from '../../domain/refusal.ts'
import type { Item } from '../../domain/resource.ts'
import { type Workload, workloadRefusal } from '../../domain/workload.ts'
import type { Clock, Order } from '../../ports.ts'
import { type VaultCalls, vaultCalls } from './calls.ts'
import type { Send } from './client.ts'
import { lentPlan } from './contained/choose.ts'
import type { Lending } from './contained/lending.ts'
import type { Pace } from './discovery-pace.ts'
import { failure } from './failure.ts'
import { readHandle, type VaultHandle } from './handle.ts'
import { type VaultLogins, vaultLogins } from './logins.ts'
import { isOffered } from './management-offers.ts'
import type { OptionalRight } from './management-policy.ts'
import type { VaultNames } from './names.ts'
import type { VaultParams } from './params.ts'
import type { PathFilter } from './path-filter.ts'
import { noPatience, type Patience } from './patience.ts'
import { planFor, usedBy } from './policy.ts'
import type { DatabaseFacts, Mounts } from './resource-types.ts'
import { needsTokenEnd } from './token-ends.ts'
import type { TokenLife } from './token-life.ts'
import type { Accounts } from './userpass.ts'
import { offerOf } from './workload-params.ts'

/** The product at an address. The two differ in their web pages, and OpenBao has extra endpoints. */
export type Flavour = 'openbao' | 'vault'

/** Logs what deserves attention but fails no step; never gets a credential. */
export type VaultLog = { warn(fields: object, message: string): void }

/** What all steps of one vault's connector share. */
export type VaultContext = {
  readonly integration: IntegrationId
  readonly params: VaultParams
  readonly mounts: Mounts
  /** What the bot lends, where it writes no policies of its own. */
  readonly lending?: Lending
  /** The certificates of the vault's own authority (PEM), for printed texts. */
  readonly authority: () => string | undefined
  readonly names: VaultNames
  readonly accounts: Accounts
  readonly tokenLife: TokenLife
  readonly clock: Pick<Clock, 'now'>
  readonly log: VaultLog
  /** Calls as the bot, and calls without its token. */
  readonly send: Send
  readonly tokenless: Send
  /** The paths that discovery shows, and the pace of its calls. */
  readonly filter: PathFilter
  /** Whether people may ask for the material of the key at this path. */
  readonly mayExport: (path: string) => boolean
  readonly pace: Pace
  /** What each Transit key can do, by path, as far as it was read. */
  readonly keyTypes: Map<string, readonly string[]>
  /** What was read of each role of a database, by path. */
  readonly databaseRoles: Map<string, DatabaseFacts>
  /** The optional rights that the bot has, looked up at most every few minutes. */
  readonly rights: () => Promise<ReadonlySet<OptionalRight>>
  /** Asked once; `openbao` until the vault has answered. */
  readonly flavour: () => Promise<Flavour>
}

/** The input of a step. */
export type Task = Order

/** The calls of one grant's step. Each sends the grant's id, which the vault's audit log shows. */
export const callsFor = ({ send }: VaultContext, grant: GrantId, patience?: Patience): VaultCalls =>
  vaultCalls(patient(send, patience), grant)
/** The same for calls that do not need the bot's token. */
export const loginsFor = ({ tokenless }: VaultContext, grant: GrantId, patience?: Patience): VaultLogins =>
  vaultLogins(patient(tokenless, patience), grant)

const patient = (send: Send, patience: Patience | undefined): Send =>
  patience ? (call) => send({ patience, ...call }) : send

/**
 * The handle of a task, whose names must all belong to this instance. So a wrong row in the database cannot make the
 * bot touch another policy or user. Throws `not-ours`.
 */
export const ownHandle = ({ names }: VaultContext, task: Task): VaultHandle => {
  if (!names.ownsUser(task.account)) throw failure('not-ours', `The user ${task.account} is not one of this instance.`)
  return ownPolicies({ names }, task.handle)
}

/** The same for a handle alone. */
export const ownPolicies = ({ names }: Pick<VaultContext, 'names'>, given: Handle | undefined): VaultHandle => {
  const handle = readHandle(given)
  const foreign = handle.policies.find((name) => !names.ownsPolicy(name))
  if (foreign !== undefined) throw failure('not-ours', `The policy ${foreign} is not one of this instance.`)
  return handle
}

/** The plan for the items, whatever the configuration offers. */
export const planIn = (
  { mounts, lending }: Pick<VaultContext, 'mounts' | 'lending'>,
  items: readonly Item[],
): Outcome<Plan> => (lending ? lentPlan(items, lending, mounts) : planFor(items, mounts))

/** The plan for the items and who uses them, if the configuration offers all of that today. */
export const offeredPlan = (context: VaultContext, items: readonly Item[], workload?: Workload): Outcome<Plan> => {
  const { filter, params, mayExport } = context
  const isCovered = (item: Item) => filter.covers(item.path) && filter.coversBeneath(item)
  const offers = { management: params.management, mayExport }
  const excluded = items.find((item) => !isCovered(item) || !isOffered(offers, item))
  if (excluded) return refuse({ code: 'not-offered', path: excluded.path })
  const unfit = workload && (workloadRefusal(workload, offerOf(params.workloads)) ?? endlessFor(context.mounts, items))
  return unfit ? refuse(unfit) : usedBy(planIn(context, items), workload)
}

/** A workload logs in by itself, so nobody here could end the tokens that alone end such an item. */
const endlessFor = (mounts: Mounts, items: readonly Item[]): Refusal | undefined => {
  const endless = items.find((item) => needsTokenEnd({ mounts }, [item]))
  return endless && { code: 'workload-refused', fault: { why: 'people-only', path: endless.path } }
}

/**
 * The document to write: today's plan for the items, if it equals the approved one. Throws `not-offered` when the
 * configuration no longer offers an item, else `plan-changed`.
 */
export const approvedDocument = (context: VaultContext, task: Task): string => {
  const plan = offeredPlan(context, task.items, task.workload)
  if (!plan.ok && (plan.refusal.code === 'not-offered' || plan.refusal.code === 'workload-refused')) {
    throw failure('not-offered', 'The configuration does not offer this any more.')
  }
  return samePlan(plan, task.plan) && isOnlyNarrowed(context, task) ? task.plan.document : planChanged()
}

/** The same for a live policy: an item that is not offered any more may still lose rights. */
export const narrowedDocument = (context: VaultContext, task: Task): string =>
  samePlan(usedBy(planIn(context, task.items), task.workload), task.plan) && isOnlyNarrowed(context, task)
    ? task.plan.document
    : planChanged()

/** Whether the items are the approved ones with, at most, more exceptions. */
const isOnlyNarrowed = (context: VaultContext, { items, approved, workload }: Task): boolean =>
  !approved ||
  (samePlan(usedBy(planIn(context, approved.items), workload), approved.plan) &&
    items.length === approved.items.length &&
    items.every((item, index) => isNarrowed(item, approved.items[index])))

const isNarrowed = (item: Item, approved: Item | undefined): boolean =>
  approved !== undefined &&
  item.type === approved.type &&
  item.path === approved.path &&
  item.permission === approved.permission &&
  (approved.except ?? []).every((path) => item.except?.includes(path))

const samePlan = (made: Outcome<Plan>, given: Plan): boolean =>
  made.ok && made.value.document === given.document && made.value.hash === given.hash

const planChanged = (): never => {
  throw failure('plan-changed', 'What would be written is not what was approved.')
}

/** Calls that get one try, with a limit in milliseconds. */
export const quickly =
  (send: Send, limit: number): Send =>
  (call) =>
    send({ ...call, limit, repeatable: false, patience: noPatience })
