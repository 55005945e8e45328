import { afterEach, beforeEach, describe } from 'vitest'
import type { Timestamp } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { auditContract } from './store-audit.contract.ts'
import { catalogueContract } from './store-catalogue.contract.ts'
import { changesContract } from './store-changes.contract.ts'
import { chatContract } from './store-chat.contract.ts'
import { controlGroupsContract } from './store-control-groups.contract.ts'
import { discoveryContract } from './store-discovery.contract.ts'
import { historyContract } from './store-history.contract.ts'
import { homesContract } from './store-homes.contract.ts'
import { itemsContract } from './store-items.contract.ts'
import { linksContract } from './store-links.contract.ts'
import { operatorsContract } from './store-operators.contract.ts'
import { pagesContract } from './store-pages.contract.ts'
import { queriesContract } from './store-queries.contract.ts'
import { receiptsContract } from './store-receipts.contract.ts'
import { at, databaseClock } from './store-samples.ts'
import { sessionsContract } from './store-sessions.contract.ts'
import { workContract } from './store-work.contract.ts'

/** Gives the store that the current test runs on, opened anew for each. */
export type Current = () => Store

/** What every implementation of `Store` must do; `open` makes an empty one, for which `now` is the clock of the database. */
export function storeContract(name: string, openWith: (now: () => Timestamp) => Promise<Store>): void {
  const open = () => {
    databaseClock.now = at(0)
    return openWith(() => databaseClock.now)
  }
  describe(`the store, ${name},`, () => {
    let store: Store | undefined
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => {
      await store?.close()
      store = undefined
    })
    const current: Current = () => {
      if (store === undefined) throw new Error('The store is not open.')
      return store
    }
    changesContract(current)
    itemsContract(current)
    pagesContract(current)
    queriesContract(current)
    sessionsContract(current)
    workContract(current)
    linksContract(current)
    chatContract(current)
    homesContract(current)
    controlGroupsContract(current)
    catalogueContract(current)
    discoveryContract(current)
    auditContract(current)
    operatorsContract(current)
    receiptsContract(current)
    historyContract(current)
  })
}
