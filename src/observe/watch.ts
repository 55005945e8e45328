import type { AuditEvent } from '../domain/audit-event.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { type Connector, ExternalError, type Store } from '../ports.ts'

type StoreWatcher = {
  /** What was written, after it was. */
  written(events: readonly AuditEvent[]): void
  /** A complete discovery. */
  discovered(integration: IntegrationId, pass: number, seen: number): void
}

/** The same store; whoever watches learns of every audit event once it is on the disk. */
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
      written([event]) // counted ones are told like any other
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
    closePass: async (pass, now, unseen) => {
      const gone = await store.closePass(pass, now, unseen)
      const seen = (await store.discoveryProgress(pass.integration))?.resources ?? 0
      if (gone !== undefined) discovered(pass.integration, pass.began, seen)
      return gone
    },
  }
}

const verbs = [
  'roots',
  'look',
  'refreshTag',
  'ownerTag',
  'provision',
  'issue',
  'reveal',
  'withdraw',
  'cut',
  'revoke',
  'leftovers',
  'remove',
  'disarm',
] as const
type Verb = (typeof verbs)[number]

type ConnectorWatcher = (integration: IntegrationId, verb: string, failure?: string) => void

/** The same connector; whoever watches learns which verb was used, and the code of its failure. */
export const watchConnector = <Kind extends Connector>(connector: Kind, told: ConnectorWatcher): Kind => {
  const { integration } = connector
  const code = (error: unknown) => (error instanceof ExternalError ? error.code : 'unexpected')
  const watched = (verb: Verb) => {
    const original: (...given: never[]) => Promise<unknown> = connector[verb]
    return async (...given: never[]): Promise<unknown> => {
      try {
        const result = await original(...given)
        told(integration, verb)
        return result
      } catch (error) {
        told(integration, verb, code(error))
        throw error
      }
    }
  }
  return { ...connector, ...Object.fromEntries(verbs.map((verb) => [verb, watched(verb)])) }
}
