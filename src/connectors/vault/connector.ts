import type { InstanceId, IntegrationId } from '../../domain/ids.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock, Connector } from '../../ports.ts'
import { hashedBy, vaultAuditLog } from './audit-log/source.ts'
import { authorityIn } from './authority.ts'
import { beneath } from './beneath.ts'
import { botLogin } from './bot-login.ts'
import { vaultCalls } from './calls.ts'
import { caveats } from './caveats.ts'
import { type Send, vaultClient } from './client.ts'
import { namesLent } from './contained/layout.ts'
import { lendingOf } from './contained/lending.ts'
import { containedVerbs } from './contained/verbs.ts'
import { type Flavour, offeredPlan, planIn, type VaultContext, type VaultLog } from './context.ts'
import { controlGroups } from './control-groups.ts'
import { credentialReader, isAppRole } from './credentials.ts'
import { look, ownerTag, placeOf, refreshTag, roots } from './discovery.ts'
import { newPace } from './discovery-pace.ts'
import { cut } from './end.ts'
import { mountsOf } from './engines.ts'
import { failure } from './failure.ts'
import { handleNames, readHandle, withPolicy } from './handle.ts'
import type { PodPlace } from './kubernetes-api.ts'
import { inspect, leftovers, remove } from './leftovers.ts'
import { vaultLogins } from './logins.ts'
import type { OptionalRight, VaultLayout } from './management-policy.ts'
import { vaultNames } from './names.ts'
import { narrow } from './narrow.ts'
import { credentialSource, type VaultParams, vaultParams } from './params.ts'
import { coveredBy, pathFilter } from './path-filter.ts'
import { placeOfSecretId } from './place-of.ts'
import { usedBy } from './policy.ts'
import { checkRights, optionalRights } from './rights.ts'
import { ownerOf, rotateWhenDue } from './rotation.ts'
import { secretVersions } from './secret-versions.ts'
import { vaultSession } from './session.ts'
import { steps } from './steps.ts'
import { stuckLeases } from './stuck-leases.ts'
import { tokenLife } from './token-life.ts'
import { transport, wireOf } from './transport.ts'
import { cannotEnd, describe, manualRevoke, usageOf } from './usage.ts'
import { vaultAccounts } from './userpass.ts'
import { loginMounts, offerOf } from './workload-params.ts'

/** The inputs of a vault connector. */
export type VaultConnectorOptions = {
  readonly integration: IntegrationId
  readonly instance: InstanceId
  /** Settings that `vaultParams` accepts or has returned. */
  readonly params: unknown
  readonly clock: Pick<Clock, 'now'>
  readonly log?: VaultLog
  /** Environment variables with credentials, if the settings name any. */
  readonly environment?: NodeJS.ProcessEnv
  /** The mounted service account; replaced in tests. */
  readonly pod?: Pick<PodPlace, 'accountFolder'>
  /** Which product it is, where another end makes the calls. */
  readonly product?: () => Flavour | undefined
}

/** A connector that revokes its token at shutdown. */
export type VaultConnector = Connector & {
  /** Whether a wrapping token can still be opened. */
  isWrapped(token: Secret): Promise<boolean>
  close(): Promise<void>
}

const silent: VaultLog = { warn: () => {} }
const rightsLast = 5 * 60_000

/**
 * Access to the secrets and keys of one HashiCorp Vault or OpenBao. It makes no call until one of its verbs is used.
 */
export const vaultConnector = (options: VaultConnectorOptions): VaultConnector => {
  const { integration, instance, clock, log = silent, environment = process.env } = options
  const pod = { ...options.pod, env: environment, now: clock.now }
  const params = vaultParams.parse(options.params)
  const wire = transport({ limit: params.timeoutSeconds * 1000, ...wireOf(params) })
  const { namespace, rotateEvery } = params
  const tokenless = vaultClient({
    address: params.internalUrl,
    transport: wire,
    ...(namespace !== undefined && { namespace }),
  })
  const logins = vaultLogins(tokenless)
  const appRoleMount = params.approleMount
  const appRole = { mount: appRoleMount, role: params.approleRole }
  const source = credentialSource(params)
  const login = botLogin(source, { ...pod, logins, appRoleMount })
  const session = vaultSession({ send: tokenless, logins, login, clock })
  const calls = vaultCalls(session.send)
  const layout = layoutOf(params)
  const flavour = flavourOf(tokenless, options.product)
  const accounts = vaultAccounts(params.userpassMount, log)
  const mounts = mountsOf(params)
  const lending = params.contained && lendingOf(params.contained, mounts)
  const context: VaultContext = {
    ...{ integration, params, mounts, ...(lending && { lending }) },
    authority: authorityIn(params.caFile),
    names: vaultNames(params.namePrefix, instance),
    accounts,
    tokenLife: tokenLife({ mount: params.userpassMount, accounts, clock }),
    log,
    clock,
    send: session.send,
    tokenless,
    filter: pathFilter(params.include, params.exclude),
    mayExport: coveredBy(params.keyExport),
    pace: newPace({ ...params.discovery, clock, log }),
    keyTypes: new Map(),
    databaseRoles: new Map(),
    rights: remembered(() => optionalRights(calls, layout), clock),
    flavour: flavour.find,
  }
  const { names } = context
  const auditLog =
    params.audit &&
    vaultAuditLog({
      settings: params.audit,
      names,
      clock,
      beginning: `${params.namePrefix}${instance}-g-`,
      hashed: hashedBy(context, params.audit.device),
    })
  const offer = offerOf(params.workloads)
  const groups = controlGroups(context)

  return {
    integration,
    ...(offer && { workloads: offer }),
    ...(auditLog && { auditLog }),
    ...(groups && { controlGroups: groups }),
    plan: (items, workload) => offeredPlan(context, items, workload),
    narrowedPlan: (items, workload) => usedBy(planIn(context, items), workload),
    drawAccount: names.drawUser,
    draw: (grant, handle) => {
      const before = readHandle(handle)
      return withPolicy(before, names.drawPolicy(grant, before.drawn))
    },
    names: handleNames,
    looksAtOnce: params.discovery.concurrency,
    roots: () => roots(context),
    placeOf,
    look: (folder, ownerKey, signal) => look(context, folder, ownerKey, signal),
    refreshTag: (of, ownerKey, signal) => refreshTag(context, of, ownerKey, signal),
    caveats: (of) => caveats(context, of),
    ownerTag: (item, ownerKey) => ownerTag(context, item, ownerKey),
    beneath: (folder, ownerKey, signal) => beneath(context, folder, ownerKey, signal),
    versions: secretVersions(context, flavour.known),
    ...steps(context),
    cannotEnd: (items) => cannotEnd(context, items),
    describe: () => describe(context, flavour.known()),
    usage: (items, used) => usageOf(context, flavour.known(), items, used),
    narrow: (order) => narrow(context, order),
    cut: (handle) => cut(context, handle),
    manualRevoke: (handle) => manualRevoke(context, flavour.known(), handle),
    inspect: (handle, plan, approved, workload) => inspect(context, handle, plan, approved, workload),
    leftovers: () => leftovers(context),
    stuckLeases: () => stuckLeases(context),
    remove: (leftover) => remove(context, leftover),
    disarm: async (account) => {
      if (!names.ownsUser(account)) throw failure('not-ours', `The user ${account} is not one of this instance.`)
      await context.accounts.disarm(calls, account)
    },
    ...(lending && containedVerbs(context, lending, flavour.known)),
    checkRights: async () => checkRights(calls, layout, (await flavour.find()) === 'openbao'),
    ...(rotateEvery !== undefined &&
      isAppRole(source) && {
        renewCredentials: async () => {
          const credentials = credentialReader(source, { ...pod, logins, appRoleMount })
          const place = placeOfSecretId(source, pod)
          const rotation = { tokenless, logins, appRole, place, credentials, owner: ownerOf(instance, integration) }
          return rotateWhenDue(rotation, rotateEvery, clock.now)
        },
      }),
    isWrapped: async (token) => (await logins.wrappedFrom(token)) !== undefined,
    close: async () => {
      await session.close()
      await wire.close()
    },
  }
}

const layoutOf = (params: VaultParams): VaultLayout => ({
  ...{ kvMounts: params.kvMounts, transitMounts: params.transitMounts, databaseMounts: params.databaseMounts },
  ...{ sshMounts: params.sshMounts, pkiMounts: params.pkiMounts },
  userpassMount: params.userpassMount,
  prefix: params.namePrefix,
  ...(params.contained && { lends: namesLent(params.contained) }),
  ...(params.workloads && { workloadMounts: loginMounts(params.workloads) }),
  ...(params.controlGroups.length > 0 && { hasControlGroups: true }),
  ...(params.rotateEvery !== undefined && { appRole: { mount: params.approleMount, role: params.approleRole } }),
})

/** Only HashiCorp Vault reports whether it is a performance standby. */
const flavourOf = (tokenless: Send, elsewhere: () => Flavour | undefined = () => undefined) => {
  let known: Flavour | undefined
  const find = async (): Promise<Flavour> => {
    if (known) return known
    const health = await vaultCalls(tokenless)
      .health()
      .catch(() => undefined)
    known = health && (health.performance_standby === undefined ? 'openbao' : 'vault')
    return known ?? 'openbao'
  }
  return { find, known: (): Flavour => elsewhere() ?? known ?? 'openbao' }
}

type Rights = ReadonlySet<OptionalRight>

const remembered = (look: () => Promise<Rights>, clock: Pick<Clock, 'now'>): (() => Promise<Rights>) => {
  let last: { readonly at: number; readonly rights: Rights } | undefined
  return async () => {
    const now = clock.now()
    if (last && now - last.at < rightsLast && now >= last.at) return last.rights
    last = { at: now, rights: await look() }
    return last.rights
  }
}
