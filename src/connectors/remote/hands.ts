import { timestamp } from '../../domain/time.ts'
import type { Order } from '../../ports.ts'
import type { VaultConnector } from '../vault/connector.ts'
import { failure } from '../vault/failure.ts'
import { handleNames, readHandle } from '../vault/handle.ts'
import type { VaultNames } from '../vault/names.ts'
import type { InTurn } from './in-turn.ts'
import type { Ledger } from './ledger.ts'
import type { limitsOf } from './limits.ts'
import { type InputOf, type OutputOf, type RemoteVerb, schemas, verbs } from './protocol.ts'
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

/** What bounds an order: `begin` throws once nobody waits for it any more, or its time is over. */
export type Bounds = { readonly signal: AbortSignal; readonly begin: () => void }

/** Does an order. Throws an `ExternalError`: of the vault, or of the connector's own limits. */
export type Hands = (verb: string, input: unknown, bounds: Bounds) => Promise<unknown>

type Table = {
  readonly [Verb in RemoteVerb]: (input: InputOf<Verb>, bounds: Bounds) => Promise<OutputOf<Verb>>
}

/** What this connector does for its server, within its own limits. Each access is noted before its effect. */
export const handsOf = (options: HandsOptions): Hands => {
  const table = tableOf(options)
  return async (name, input, bounds) => {
    const verb = Object.keys(verbs).find((one): one is RemoteVerb => one === name)
    if (verb === undefined) throw notUnderstood(name)
    return run(table, verb, input, bounds)
  }
}

const run = async <Verb extends RemoteVerb>(table: Table, verb: Verb, input: unknown, bounds: Bounds) => {
  const given = schemas[verb].input.safeParse(input)
  if (!given.success) throw notUnderstood(verb)
  return table[verb](given.data, bounds)
}

const notUnderstood = (verb: string) =>
  failure('not-understood', `The remote connector does not understand ${verb}; it needs the server's version.`)

const tableOf = ({ vault, names, ledger, limits, witness, turns }: HandsOptions): Table => {
  /**
   * With every name that the connector knows: an order that leaves some out must not keep them alive. Tokens are those of
   * its own credentials, because an accessor would end anybody's token.
   */
  const whole = (order: Order): Order => {
    const known = readHandle(ledger.of(order.grant)?.order.handle)
    const joined = readHandle(handleNames.join(order.handle, known))
    return { ...order, handle: { ...joined, accessors: known.accessors } }
  }
  const refuseForeign = ({ account, handle }: Order): void => {
    const foreign = [
      ...readHandle(handle).policies.filter((name) => !names.ownsPolicy(name)),
      ...(names.ownsUser(account) ? [] : [account]),
    ]
    if (foreign.length > 0) throw failure('not-ours', `${foreign[0]} is not a name of this server.`)
  }
  /** Checked, then noted, then done, one step at a time for each account. */
  const giving = <T>(order: Order, { begin }: Bounds, work: () => Promise<T>): Promise<T> =>
    turns(order.account, async () => {
      begin() // it may have waited for its turn
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
    look: async ({ folder, ownerKey }, { signal }) => {
      if (!limits.isMounted(vault.placeOf(folder))) return { found: [], folders: [] }
      const { found, folders } = await vault.look(folder, ownerKey, signal)
      return { found: found.filter(({ path }) => limits.covers(path)), folders }
    },
    refreshTag: async ({ type, path, ownerKey }, { signal }) => {
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
    beneath: async ({ type, path, ownerKey }, { signal }) => {
      limits.checkPath(path)
      return vault.beneath({ type, path }, ownerKey, signal)
    },
    provision: ({ order }, bounds) =>
      giving(order, bounds, async () => {
        const lasts = await vault.provision(order)
        return lasts === undefined ? {} : { lasts }
      }),
    issue: ({ order }, bounds) =>
      giving(order, bounds, async () => {
        const { credential, handle } = await vault.issue(order)
        await ledger.note({ ...order, handle })
        const { wrappingToken, spendBy, until, appRole } = credential
        witness.watch(order.grant, wrappingToken, spendBy)
        return { wrappingToken: wrappingToken.reveal(), spendBy, until, handle, ...(appRole && { appRole }) }
      }),
    narrow: ({ order }, { begin }) =>
      turns(order.account, async () => {
        begin()
        refuseForeign(order)
        const known = ledger.of(order.grant)
        if (known?.ended) throw failure('too-late', 'The remote connector has ended this access.')
        // What is on offer may have changed since, so only an access that is new here is held to the limits.
        if (!known) limits.checkOrder(order, ledger.began(order.grant))
        const until = timestamp(Math.min(order.until, known?.order.until ?? order.until))
        await ledger.note({ ...order, until })
        await vault.narrow({ ...order, until })
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
    stuckLeases: async () => {
      const found = await vault.stuckLeases?.()
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
