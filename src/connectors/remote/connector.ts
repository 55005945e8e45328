import { secret } from '../../domain/secret.ts'
import type { Connector } from '../../ports.ts'
import { ExternalError, NothingGiven } from '../../ports.ts'
import { type VaultConnector, type VaultConnectorOptions, vaultConnector } from '../vault/connector.ts'
import type { Flavour } from '../vault/context.ts'
import { mountsOf } from '../vault/engines.ts'
import { failure } from '../vault/failure.ts'
import { vaultParams } from '../vault/params.ts'
import { signInAddress } from '../vault/usage.ts'
import type { Lines } from './lines.ts'
import type { ServerLine } from './server-line.ts'

export type RemoteConnectorOptions = Omit<VaultConnectorOptions, 'environment' | 'product'> & { readonly lines: Lines }

/** Every verb that makes calls; the compiler finds a new one. Credentials are renewed at the other end. */
type Calling = Exclude<
  {
    [Verb in keyof Connector]-?: NonNullable<Connector[Verb]> extends (...given: never[]) => Promise<unknown>
      ? Verb
      : never
  }[keyof Connector],
  'renewCredentials'
>

/**
 * Access to a vault through a connector beside it, which has the credentials and checks each order itself. Plans, names
 * and words are made here, as for any vault.
 */
export const remoteConnector = ({ lines, ...options }: RemoteConnectorOptions): VaultConnector => {
  const { integration } = options
  const params = vaultParams.parse(options.params)
  const mounts = mountsOf(params)
  let product: Flavour | undefined
  const { renewCredentials: _, ...local } = vaultConnector({ ...options, params, product: () => product })
  const ask: ServerLine['ask'] = async (...order) => {
    const line = await lines.soon(integration)
    if (!line) throw failure('unreachable', `The remote connector of ${integration} is not connected.`)
    return line.ask(...order)
  }

  const calling: Pick<Connector, Calling> = {
    checkRights: async () => {
      const answer = await ask('checkRights', {})
      product = answer.product
      return answer.missing
    },
    roots: () => ask('roots', {}),
    look: (folder, ownerKey, signal) => ask('look', { folder, ...keyed(ownerKey) }, { signal }),
    refreshTag: ({ type, path }, ownerKey, signal) => ask('refreshTag', { type, path, ownerKey }, { signal }),
    caveats: ({ type, path, permission }) =>
      ask('caveats', { type, path, ...(permission !== undefined && { permission }) }),
    ownerTag: async (item, ownerKey) => (await ask('ownerTag', { item, ownerKey })).tag,
    beneath: ({ type, path }, ownerKey, signal) => ask('beneath', { type, path, ...keyed(ownerKey) }, { signal }),
    provision: async (order) => (await ask('provision', { order })).lasts,
    issue: async (order) => {
      const up = await lines.soon(integration)
      if (!up) throw new NothingGiven('unreachable', 'The remote connector is not connected.', { transient: true })
      const { items, workload } = order
      const { wrappingToken, spendBy, until, handle, appRole } = await up.ask('issue', { order })
      const token = secret(wrappingToken)
      // Its own words, not the connector's: a stolen connector could send people elsewhere.
      const usage = local.usage(items, workload && { workload, handle })
      const shared = { ...usage, wrappingToken: token, spendBy, until }
      if (appRole) return { credential: { ...shared, appRole }, handle }
      const signInUrl = secret(signInAddress({ params, mounts }, product ?? 'openbao', items, token))
      return { credential: { ...shared, signInUrl }, handle }
    },
    reveal: async () => {
      const why = 'The vault is reached by a remote connector: its tokens are only opened where they are used.'
      throw new ExternalError('not-revealed', why, { transient: false })
    },
    narrow: async (order) => void (await ask('narrow', { order })),
    withdraw: (order) => ask('withdraw', { order }),
    cut: async (handle) => void (await ask('cut', { handle })),
    revoke: (order, isThorough) => ask('revoke', { order, isThorough }),
    inspect: (handle, plan, approved, workload) =>
      ask('inspect', { handle, plan, ...(approved && { approved }), ...(workload && { workload }) }),
    leftovers: async () => (await ask('leftovers', {})).found,
    stuckLeases: async () => (await ask('stuckLeases', {})).found,
    remove: (leftover) => ask('remove', { leftover }),
    disarm: async (account) => void (await ask('disarm', { account })),
  }
  return { ...local, ...calling, reveals: false }
}

const keyed = (ownerKey: string | undefined) => (ownerKey === undefined ? {} : { ownerKey })
