import { vaultCalls } from '../../connectors/vault/calls.ts'
import { secretIdFile } from '../../connectors/vault/credentials.ts'
import { checkWritable } from '../../connectors/vault/durable-file.ts'
import { isKv, isTransit, mountsThat } from '../../connectors/vault/engines.ts'
import { isFailure } from '../../connectors/vault/failure.ts'
import { managementPolicy, type OptionalRight, optionalRightNames } from '../../connectors/vault/management-policy.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { missingRights } from '../../connectors/vault/rights.ts'
import { tryAsPerson } from '../../connectors/vault/token-life.ts'
import { lengthText } from '../../domain/length.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Secret } from '../../domain/secret.ts'
import { type Finding, missing, ok, optional, unknown } from '../../findings.ts'
import type { ConfiguredVault } from '../configured.ts'
import type { Io } from '../io.ts'
import { buys } from '../vault/policy-text.ts'
import { rotationFor } from '../vault/rotate.ts'
import { vendors } from '../vault/settings.ts'
import { renewCommand, setupCommand } from '../vault/setup-command.ts'
import { clockFinding } from './clock.ts'

type Way = ReturnType<typeof rotationFor>['rotation']
type Calls = ReturnType<typeof vaultCalls>

/** Checks one vault: it answers, lets Latchkey log in, and grants the needed rights. */
export const vaultFindings = async (
  { name, params, longest }: ConfiguredVault,
  io: Io,
): Promise<readonly Finding[]> => {
  const what = `vault ${name}`
  try {
    const { rotation, close } = rotationFor(
      { ...params, timeoutSeconds: Math.min(params.timeoutSeconds, 10) },
      io.environment,
    )
    try {
      return await looks(what, { params, longest }, rotation)
    } finally {
      await close()
    }
  } catch (error) {
    return [missing(what, messageOf(error), 'check the file of caFile')]
  }
}

type Asked = Pick<ConfiguredVault, 'params' | 'longest'>

const looks = async (what: string, { params, longest }: Asked, way: Way): Promise<readonly Finding[]> => {
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
  const before = [ok(what, `${product}${node}`), clock]

  const token = await logIn(what, params, way)
  if ('state' in token) return [...before, token]
  try {
    const calls = vaultCalls((call) => way.tokenless({ ...call, token: token.token }))
    const renewal = await renewalFindings(what, params, way)
    const mounts = await mountFindings(what, params, calls, way, token.token)
    return [
      ...before,
      ok(`${what}: login`, 'works'),
      ...renewal,
      ...mounts,
      ...(await rightFindings(what, params, calls, isOpenBao)),
      await personFinding(what, { params, longest }, calls, way),
    ]
  } finally {
    await way.logins.revoke(token.token).catch(() => {})
  }
}

/** Checks that the secret_id can be renewed as `rotateEvery` demands. */
const renewalFindings = async (what: string, params: VaultParams, way: Way): Promise<readonly Finding[]> => {
  const place = params.rotateEvery === undefined ? undefined : await secretIdFile(way.source)
  if (!place) return []
  const row = `${what}: rotateEvery`
  return checkWritable(place.path).then(
    () => [ok(row, `${place.path} can be replaced`)],
    () => [
      missing(row, `${place.path} cannot be replaced`, 'renew a mounted secret at its source, without rotateEvery'),
    ],
  )
}

/** Does not try a wrapped secret_id: a try would use it up. */
const logIn = async (what: string, params: VaultParams, way: Way): Promise<{ readonly token: Secret } | Finding> => {
  if ('role' in params.credentials)
    return unknown(`${what}: login`, 'not tried: that would use up the wrapped secret_id')
  const role = `auth/${params.approleMount}`
  try {
    const { roleId, secretId } = await way.credentials()
    const login = await way.logins.appRole(params.approleMount, roleId, secretId)
    if (login === 'wrong-credentials')
      return missing(
        `${what}: login`,
        `${role} refuses role_id and secret_id, and does not say which: the secret_id has ended, or the role is another`,
        renewCommand(params),
      )
    if (login === 'needs-mfa') return missing(`${what}: login`, mfaText(role), mfaRemedy(role))
    if (login === 'denied')
      return missing(
        `${what}: login`,
        `${role} denies the login (403)`,
        'locked for 15 minutes after five wrong tries, or not from this address (--cidr)',
      )
    return { token: login.token }
  } catch (error) {
    return missing(`${what}: login`, messageOf(error), renewCommand(params))
  }
}

const mountFindings = async (
  what: string,
  params: VaultParams,
  calls: Calls,
  way: Way,
  token: Secret,
): Promise<readonly Finding[]> => {
  const there = await calls.mounts().catch(() => undefined)
  if (!there) return [] // the missing right is reported below
  const engine = (mount: string, isRight: boolean, kind: string, others: readonly string[] = []) =>
    isRight
      ? ok(`${what}: ${mount}/`, kind)
      : missing(
          `${what}: ${mount}/`,
          `there is no ${kind}${others.length > 0 ? `; others are: ${others.join(', ')}` : ''}`,
          setupCommand(params),
        )
  const users = await way.tokenless({ method: 'GET', path: `auth/${params.userpassMount}/users/x`, token })
  const hasUsers = !JSON.stringify(users.body ?? '').includes('no handler for route')
  return [
    ...params.kvMounts.map((mount) =>
      engine(mount, isKv(there[`${mount}/`]), 'KV version 2 engine', mountsThat(isKv, there)),
    ),
    ...params.transitMounts.map((mount) =>
      engine(mount, isTransit(there[`${mount}/`]), 'Transit engine', mountsThat(isTransit, there)),
    ),
    engine(`auth/${params.userpassMount}`, hasUsers, 'userpass method'),
  ]
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

const mfaText = (mount: string): string => `${mount} demands a second factor (login MFA), which Latchkey does not have`
const mfaRemedy = (mount: string): string =>
  `exempt ${mount}/ from the login enforcement (identity/mfa/login-enforcement)`

/** One row for each missing needed capability, and one for each missing optional right. */
const rightFindings = async (
  what: string,
  params: VaultParams,
  calls: Calls,
  isOpenBao: boolean,
): Promise<readonly Finding[]> => {
  const appRole = { mount: params.approleMount, role: params.approleRole }
  const layout = { ...params, prefix: params.namePrefix, appRole }
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
    else absent.push(right)
  }
  if (absent.length > 0) {
    const found = `missing: ${absent.map((right) => `${right} (${buys[right]})`).join('; ')}`
    more.push(optional(`${what}: optional rights`, found, setupCommand(params, '--with', absent.join(','))))
  }
  return [...rows, ...more]
}
