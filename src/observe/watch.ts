import type { AuditEvent } from '../domain/audit-event.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { type Connector, ExternalError, type Store } from '../ports.ts'

type StoreWatcher = {
  /** Receives audit events after the database has them. */
  written(events: readonly AuditEvent[]): void
  /** Receives each complete discovery. */
  discovered(integration: IntegrationId, pass: number, seen: number): void
}

/** The same store, which also reports every audit event once it is on the disk. */
export const watchStore = (store: Store, { written, discovered }: StoreWatcher): Store => {
  return {
    ...store,
    commit: async (change) => {
      const result = await store.commit(change)
      if (result === 'committed') written(change.audit)
      return result
    },
    audit: async (events, cards) => {
      await store.audit(events, cards)
      written(events)
    },
    recordRefusal: async (event, cap) => {
      await store.recordRefusal(event, cap)
      written([event]) // refusals that are only counted are reported too
    },
    openLink: async (link, audit) => {
      const isOpened = await store.openLink(link, audit)
      if (isOpened) written(audit)
      return isOpened
    },
    redeem: async (hash, browser, now, audit = []) => {
      const isWinner = await store.redeem(hash, browser, now, audit)
      if (isWinner) written(audit)
      return isWinner
    },
    mint: async (step) => {
      const answer = await store.mint(step)
      if (answer === 'done') written(step.audit)
      return answer
    },
    moveRotations: async (move) => {
      const isFirst = await store.moveRotations(move)
      if (isFirst && move.audit) written(move.audit)
      return isFirst
    },
    closePass: async (pass, now, unseen) => {
      const gone = await store.closePass(pass, now, unseen)
      const seen = (await store.discoveryProgress(pass.integration))?.resources ?? 0
      if (gone !== undefined) discovered(pass.integration, pass.began, seen)
      return gone
    },
  }
}

type ConnectorWatcher = (integration: IntegrationId, verb: string, failure?: string) => void

/**
 * The same connector, which also reports each used verb that makes calls, and the code of its failure. Such verbs return a
 * promise, so no list of them is needed.
 */
export const watchConnector = <Kind extends Connector>(connector: Kind, told: ConnectorWatcher): Kind => {
  const { integration } = connector
  const watched = (verb: string, original: (...given: unknown[]) => unknown) => {
    const failed = (error: unknown) =>
      told(integration, verb, error instanceof ExternalError ? error.code : 'unexpected')
    return (...given: unknown[]): unknown => {
      const answer = original(...given)
      if (answer instanceof Promise) answer.then(() => told(integration, verb), failed)
      return answer
    }
  }
  const verbs = Object.entries(connector).filter(([, one]) => typeof one === 'function')
  return { ...connector, ...Object.fromEntries(verbs.map(([verb, one]) => [verb, watched(verb, one)])) }
}
