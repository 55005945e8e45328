import { nearest } from '../../config/problems.ts'
import { vaultCalls } from '../../connectors/vault/calls.ts'
import type { Send } from '../../connectors/vault/client.ts'
import { namesLent } from '../../connectors/vault/contained/layout.ts'
import { isAppRole } from '../../connectors/vault/credentials.ts'
import { isKv, isOf, isTransit, mountsThat } from '../../connectors/vault/engines.ts'
import { isFailure } from '../../connectors/vault/failure.ts'
import { managementPolicy, type OptionalRight, optionalRightNames } from '../../connectors/vault/management-policy.ts'
import { credentialSource, isRemote, type VaultParams } from '../../connectors/vault/params.ts'
import { missingRights } from '../../connectors/vault/rights.ts'
import { tryAsPerson } from '../../connectors/vault/token-life.ts'
import { loginMounts } from '../../connectors/vault/workload-params.ts'
import { isOwnAddress } from '../../domain/address.ts'
import { lengthText } from '../../domain/length.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Secret } from '../../domain/secret.ts'
import { type Finding, missing, ok, optional, unknown } from '../../findings.ts'
import type { ConfiguredVault } from '../configured.ts'
import type { Io } from '../io.ts'
import { buys } from '../vault/policy-text.ts'
import { vendors } from '../vault/settings.ts'
import { setupCommand } from '../vault/setup-command.ts'
import { type Way, wayTo } from '../vault/way-to.ts'
import { auditLogFindings } from './audit-log.ts'
import { clockFinding } from './clock.ts'
import { controlGroupFindings } from './control-groups.ts'
import { externalFindings } from './external.ts'
import { leaseFindings } from './leases.ts'
import { lentFindings } from './lent.ts'
import { logIn, renewalFindings } from './login.ts'
import { offerFindings } from './offers.ts'
import { powerFinding } from './power.ts'
import { dynamicMountFindings, roleFindings } from './roles.ts'
import { mfaRemedy, mfaText } from './token-refusal.ts'

type Calls = ReturnType<typeof vaultCalls>
type Mounts = Awaited<ReturnType<Calls['mounts']>>

/** Checks one vault: it answers, lets Latchkey log in, and grants the needed rights. */
export const vaultFindings = async (
  { name, params, longest, absent }: ConfiguredVault & { readonly absent?: string | undefined },
  io: Io,
): Promise<readonly Finding[]> => {
  const what = `vault ${name}`
  if (isRemote(params))
    return [unknown(what, 'not tried: a remote connector makes its calls; see "latchkey connectors list"')]
  try {
    const way = wayTo({ ...params, timeoutSeconds: Math.min(params.timeoutSeconds, 10) }, io.environment)
    try {
      return await looks(what, { params, longest, absent }, way)
    } finally {
      await way.close()
    }
  } catch (error) {
    return [missing(what, messageOf(error), 'check the file of caFile')]
  }
}

/** Addresses that show tokens to the network. They are no fault where something else encrypts, such as a service mesh. */
export const plainHttpFindings = (
  what: string,
  { internalUrl, externalUrl }: Pick<VaultParams, 'internalUrl' | 'externalUrl'>,
): readonly Finding[] =>
  Object.entries({ internalUrl, externalUrl }).flatMap(([key, address]) =>
    address === undefined || /^https:/i.test(address) || isOwnAddress(address)
      ? []
      : [
          optional(
            `${what}: ${key}`,
            `${address} is plain http: the network between can read every token`,
            `write https in ${key}, with the certificate’s authority in caFile`,
          ),
        ],
  )

type Asked = Pick<ConfiguredVault, 'params' | 'longest'>
type Looked = Asked & { readonly absent: string | undefined }

const looks = async (what: string, { params, longest, absent }: Looked, way: Way): Promise<readonly Finding[]> => {
  const health = await vaultCalls(way.tokenless)
    .health()
    .catch((error: unknown) => messageOf(error))
  if (typeof health === 'string')
    return [missing(what, health, `check internalUrl (${params.internalUrl}), the network and caFile`)]
  const isOpenBao = health.performance_standby === undefined
  const product = `${isOpenBao ? 'OpenBao' : 'HashiCorp Vault'} ${health.version} at ${params.internalUrl}${params.proxy ? ` through ${params.proxy}` : ''}`
  if (health.sealed || !health.initialized)
    return [missing(what, `${product} is ${health.initialized ? 'sealed' : 'not initialised'}`, 'unseal it')]
  const node = health.standby ? ' (a standby node: name the active one, whose answers are always current)' : ''
  const clock = await clockFinding(`${what}: clock`, params)
  const plain = plainHttpFindings(what, params)
  const before = [ok(what, `${product}${node}`), clock, ...plain, ...(await externalFindings(what, params))]

  const token = await logIn(what, { params, absent }, way)
  if ('state' in token) return [...before, token]
  try {
    const send: Send = (call) => way.tokenless({ ...call, token: token.token })
    const calls = vaultCalls(send)
    const renewal = await renewalFindings(what, params, way)
    const there = await calls.mounts().catch(() => undefined)
    const mounts = there ? await mountFindings(what, params, there, way, token.token) : [] // the missing right is reported
    const found = there ? onMounts(params, there) : params
    return [
      ...before,
      ok(`${what}: login`, way.login.way === 'approle' ? 'works' : `works, at ${way.login.at}`),
      ...renewal,
      ...mounts,
      ...(await offerFindings(what, found, calls)),
      await powerFinding(what, params, calls),
      ...(await lentFindings(what, { params: found, longest }, send)),
      ...(await roleFindings(what, found, calls)),
      ...(await leaseFindings(what, found, calls, isOpenBao)),
      ...(await rightFindings(what, found, calls, isOpenBao)),
      ...(await controlGroupFindings(what, params, calls)),
      // A bot that only lends logs nobody in.
      ...(params.contained ? [] : [await personFinding(what, { params: found, longest }, calls, way)]),
      ...(await auditLogFindings(what, params, calls)),
    ]
  } finally {
    await way.logins.revoke(token.token).catch(() => {})
  }
}

/** The settings without mounts that are not there: rights at them are no question, and no command may make a misspelt one. */
const onMounts = (params: VaultParams, there: Mounts): VaultParams => ({
  ...params,
  kvMounts: params.kvMounts.filter((mount) => isKv(there[`${mount}/`])),
  transitMounts: params.transitMounts.filter((mount) => isTransit(there[`${mount}/`])),
  databaseMounts: params.databaseMounts.filter((mount) => isOf('database')(there[`${mount}/`])),
  sshMounts: params.sshMounts.filter((mount) => isOf('ssh')(there[`${mount}/`])),
  pkiMounts: params.pkiMounts.filter((mount) => isOf('pki')(there[`${mount}/`])),
})

const mountFindings = async (
  what: string,
  params: VaultParams,
  there: Mounts,
  way: Way,
  token: Secret,
): Promise<readonly Finding[]> => {
  const engine = (mount: string, isRight: boolean, kind: string, remedy = setupCommand(params), others = '') =>
    isRight ? ok(`${what}: ${mount}/`, kind) : missing(`${what}: ${mount}/`, `there is no ${kind}${others}`, remedy)
  const data = (key: 'kvMounts' | 'transitMounts', isWanted: typeof isKv, kind: string) => {
    const others = mountsThat(isWanted, there)
    const free = others.filter((one) => !params[key].includes(one))
    const found = others.length > 0 ? `; others are: ${others.join(', ')}` : ''
    return params[key].map((mount) =>
      engine(mount, isWanted(there[`${mount}/`]), kind, mountRemedy(params, key, mount, free), found),
    )
  }
  const users = await way.tokenless({ method: 'GET', path: `auth/${params.userpassMount}/users/x`, token })
  const hasUsers = !JSON.stringify(users.body ?? '').includes('no handler for route')
  return [
    ...data('kvMounts', isKv, 'KV version 2 engine'),
    ...data('transitMounts', isTransit, 'Transit engine'),
    ...dynamicMountFindings(what, params, there),
    ...(params.contained ? [] : [engine(`auth/${params.userpassMount}`, hasUsers, 'userpass method')]),
  ]
}

/** Corrects the configuration first: a mount of a misspelt name would only hide the mistake. */
const mountRemedy = (
  params: VaultParams,
  key: 'kvMounts' | 'transitMounts',
  mount: string,
  free: readonly string[],
): string => {
  const near = nearest(mount, free, mount.length < 5 ? 1 : 2)
  if (near !== undefined) return `correct ${key}; did you mean ${near}?`
  if (free.length === 0) return setupCommand(params)
  return `correct ${key} if it should be ${free.join(' or ')}; or make the mount:\n${setupCommand(params)}`
}

/** Logs a throw-away user in as people will be, and reports whether that works and how long tokens live. */
const personFinding = async (what: string, { params, longest }: Asked, calls: Calls, way: Way): Promise<Finding> => {
  const row = `${what}: people's login`
  const mount = `auth/${params.userpassMount}`
  const lives = await tryAsPerson(
    params.userpassMount,
    params.namePrefix,
    { calls, logins: way.logins },
    longest,
  ).catch((error: unknown) => error)
  if (typeof lives === 'number') {
    if (lives >= longest) return ok(row, `works, for the longest access too (${lengthText(longest)})`)
    return missing(
      row,
      `tokens of ${mount} live at most ${lengthText(lives)}, but ${lengthText(longest)} is offered`,
      params.userpassMount === vendors.users
        ? `bao auth tune -max-lease-ttl=${longest}s ${params.userpassMount}/`
        : setupCommand(params, '--longest', lengthText(longest)),
    )
  }
  if (isFailure(lives, 'login-needs-mfa')) return missing(row, mfaText(mount), mfaRemedy(mount))
  return missing(row, messageOf(lives), setupCommand(params))
}

/** The settings that ask for a right. */
const settingOf = { workloads: 'workloads', 'control-groups': 'controlGroups' } as const

/** One row for each missing needed capability, and one for each missing optional right. */
const rightFindings = async (
  what: string,
  params: VaultParams,
  calls: Calls,
  isOpenBao: boolean,
): Promise<readonly Finding[]> => {
  const appRole = { mount: params.approleMount, role: params.approleRole }
  const hasSecretId = isAppRole(credentialSource(params))
  const layout = {
    ...{ ...params, prefix: params.namePrefix },
    ...(hasSecretId && { appRole }),
    ...(params.workloads && { workloadMounts: loginMounts(params.workloads) }),
    ...(params.contained && { lends: namesLent(params.contained) }),
    hasControlGroups: params.controlGroups.length > 0,
  }
  const needed = managementPolicy(layout, [], 'least')
  const lacking = await missingRights(calls, needed)
  const rows = Object.entries(needed).map(([path, { capabilities }]) => {
    const lacks = lacking.get(path)
    if (!lacks) return ok(`${what}: ${path}`, capabilities.join(', '))
    return missing(`${what}: ${path}`, `may not ${lacks.join(', ')}`, setupCommand(params))
  })
  const more: Finding[] = []
  const absent: OptionalRight[] = []
  for (const right of optionalRightNames) {
    if (right === 'bulk-owner-tags' && !isOpenBao) continue
    const paths = Object.entries(managementPolicy(layout, [right], 'least')).filter(([path]) => !(path in needed))
    if (paths.length === 0) continue
    const lacks = await missingRights(calls, Object.fromEntries(paths))
    const place = `${what}: ${right}`
    const isAsked = right === 'rotate-credentials' && params.rotateEvery !== undefined
    if (lacks.size === 0) more.push(ok(place, buys[right]))
    else if (isAsked) more.push(missing(place, 'rotateEvery asks for it', setupCommand(params, '--with', right)))
    else if (right === 'workloads' || right === 'control-groups')
      more.push(missing(place, `${settingOf[right]} asks for it`, setupCommand(params, '--with', right)))
    else absent.push(right)
  }
  if (absent.length > 0) {
    const found = `missing: ${absent.map((right) => `${right} (${buys[right]})`).join('; ')}`
    more.push(optional(`${what}: optional rights`, found, setupCommand(params, '--with', absent.join(','))))
  }
  return [...rows, ...more]
}
