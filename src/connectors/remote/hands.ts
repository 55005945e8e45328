import type { Order } from '../../ports.ts'
import type { VaultConnector } from '../vault/connector.ts'
import { failure } from '../vault/failure.ts'
import { handleNames, readHandle } from '../vault/handle.ts'
import type { VaultNames } from '../vault/names.ts'
import type { InTurn } from './in-turn.ts'
import type { Ledger } from './ledger.ts'
import type { limitsOf } from './limits.ts'
import { type InputOf, type OutputOf, type RemoteVerb, verbs } from './protocol.ts'
import type { Witness } from './witness.ts'

export type HandsOptions = {
  readonly vault: VaultConnector
  readonly names: Pick<VaultNames, 'ownsPolicy' | 'ownsUser'>
  readonly ledger: Ledger
  readonly limits: ReturnType<typeof limitsOf>
  readonly witness: Pick<Witness, 'watch'>
  /** One step at a time uses a person's account: orders and the connector's own ends. */
  readonly turns: InTurn
}

/** Does an order. Throws an `ExternalError`: of the vault, or of the connector's own limits. */
export type Hands = (verb: string, input: unknown, signal: AbortSignal) => Promise<unknown>

type Table = {
  readonly [Verb in RemoteVerb]: (input: InputOf<Verb>, signal: AbortSignal) => Promise<OutputOf<Verb>>
}

/** What this connector does for its server, within its own limits. Each access is noted before its effect. */
export const handsOf = (options: HandsOptions): Hands => {
  const table = tableOf(options)
  return async (name, input, signal) => {
    const verb = Object.keys(verbs).find((one): one is RemoteVerb => one === name)
    if (verb === undefined) throw notUnderstood(name)
    return run(table, verb, input, signal)
  }
}

const run = async <Verb extends RemoteVerb>(table: Table, verb: Verb, input: unknown, signal: AbortSignal) => {
  const given = verbs[verb].input.safeParse(input)
  if (!given.success) throw notUnderstood(verb)
  return table[verb](given.data as InputOf<Verb>, signal)
}

const notUnderstood = (verb: string) =>
  failure('not-understood', `The remote connector does not understand ${verb}; it needs the server's version.`)

const tableOf = ({ vault, names, ledger, limits, witness, turns }: HandsOptions): Table => {
  /** With every name that the connector knows: an order that leaves some out must not keep them alive. */
  const whole = (order: Order): Order => {
    const known = ledger.of(order.grant)
    return known ? { ...order, handle: handleNames.join(order.handle, known.order.handle) } : order
  }
  const refuseForeign = ({ account, handle }: Order): void => {
    const foreign = [
      ...readHandle(handle).policies.filter((name) => !names.ownsPolicy(name)),
      ...(names.ownsUser(account) ? [] : [account]),
    ]
    if (foreign.length > 0) throw failure('not-ours', `${foreign[0]} is not a name of this server.`)
  }
  /** Checked, then noted, then done, one step at a time for each account. */
  const giving = <T>(order: Order, work: () => Promise<T>): Promise<T> =>
    turns(order.account, async () => {
      refuseForeign(order)
      limits.checkOrder(order, ledger.began(order.grant))
      if (ledger.of(order.grant)?.ended) throw failure('too-late', 'The remote connector has ended this access.')
      await ledger.note(order)
      return work()
    })

  return {
    checkRights: async () => ({ missing: [...(await vault.checkRights())], product: vault.describe().product }),
    roots: async () => {
      const { folders, away } = await vault.roots()
      return {
        folders: folders.filter((folder) => limits.isMounted(vault.placeOf(folder))),
        away: away.filter(({ place }) => limits.isMounted(place)),
      }
    },
    look: async ({ folder, ownerKey }, signal) => {
      if (!limits.isMounted(vault.placeOf(folder))) return { found: [], folders: [] }
      const { found, folders } = await vault.look(folder, ownerKey, signal)
      return { found: found.filter(({ path }) => limits.covers(path)), folders }
    },
    refreshTag: async ({ type, path, ownerKey }, signal) => {
      limits.checkPath(path)
      return vault.refreshTag({ type, path }, ownerKey, signal)
    },
    caveats: async (of) => {
      limits.checkPath(of.path)
      return [...(await vault.caveats(of))]
    },
    ownerTag: async ({ item, ownerKey }) => {
      limits.checkPath(item.path)
      const tag = await vault.ownerTag(item, ownerKey)
      return tag === undefined ? {} : { tag }
    },
    beneath: async ({ type, path, ownerKey }, signal) => {
      limits.checkPath(path)
      return vault.beneath({ type, path }, ownerKey, signal)
    },
    provision: ({ order }) =>
      giving(order, async () => {
        const lasts = await vault.provision(order)
        return lasts === undefined ? {} : { lasts }
      }),
    issue: ({ order }) =>
      giving(order, async () => {
        const { credential, handle } = await vault.issue(order)
        const { wrappingToken, spendBy, until, appRole } = credential
        witness.watch(order.grant, wrappingToken, spendBy)
        return { wrappingToken: wrappingToken.reveal(), spendBy, until, handle, ...(appRole && { appRole }) }
      }),
    narrow: ({ order }) =>
      turns(order.account, async () => {
        refuseForeign(order)
        await ledger.note(order)
        await vault.narrow(order)
        return null
      }),
    withdraw: ({ order }) => turns(order.account, () => vault.withdraw(whole(order))),
    cut: async ({ handle }) => {
      await vault.cut(handle)
      return null
    },
    revoke: ({ order, isThorough }) =>
      turns(order.account, async () => {
        const ended = ledger.of(order.grant)?.ended
        const proof = await vault.revoke(whole(order), isThorough && !ended)
        await ledger.forget(order.grant)
        return ended ?? proof // the true end was earlier
      }),
    inspect: ({ handle, plan, approved, workload }) => vault.inspect(handle, plan, approved, workload),
    leftovers: async () => {
      const found = await vault.leftovers()
      return found ? { found: [...found] } : {}
    },
    remove: ({ leftover }) => vault.remove(leftover),
    disarm: ({ account }) =>
      turns(account, async () => {
        await vault.disarm(account)
        return null
      }),
  }
}
