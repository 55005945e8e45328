import type { IntegrationId } from '../../domain/ids.ts'
import type { ServerLine } from './server-line.ts'

/** The live connections of remote connectors: at most one for each integration. */
export type Lines = {
  /** The line of an integration, while there is one. */
  of(integration: IntegrationId): ServerLine | undefined
  /** The same; after a start or a break it waits a moment, because the connector dials again at once. */
  soon(integration: IntegrationId): Promise<ServerLine | undefined>
  /** Takes a new line; it replaces an older one of the same integration. */
  put(line: ServerLine): void
  /** Closes the line of a connector, if it has one. */
  close(connector: string, why: string): void
  closeAll(): void
}

/** `grace`: how long after a start or a break a connector may be expected, in milliseconds. */
export const newLines = (grace = 8_000): Lines => {
  const lines = new Map<IntegrationId, ServerLine>()
  const waiting = new Map<IntegrationId, Set<() => void>>()
  const expected = new Map<IntegrationId, number>()
  const atStart = performance.now() + grace
  const left = (integration: IntegrationId) => (expected.get(integration) ?? atStart) - performance.now()

  const arrival = (integration: IntegrationId, limit: number): Promise<void> =>
    new Promise((resolve) => {
      const here = waiting.get(integration) ?? new Set()
      waiting.set(integration, here)
      const done = () => {
        clearTimeout(timer)
        here.delete(done)
        resolve()
      }
      const timer = setTimeout(done, limit)
      here.add(done)
    })
  const wake = (integration: IntegrationId) => {
    for (const done of [...(waiting.get(integration) ?? [])]) done()
  }

  return {
    of: (integration) => lines.get(integration),
    soon: async (integration) => {
      const limit = left(integration)
      if (!lines.has(integration) && limit > 0) await arrival(integration, limit)
      return lines.get(integration)
    },
    put: (line) => {
      const { integration } = line.connector
      const older = lines.get(integration)
      lines.set(integration, line)
      older?.close('a newer line replaces it')
      wake(integration)
      line.ended.then(() => {
        if (lines.get(integration) !== line) return
        lines.delete(integration)
        expected.set(integration, performance.now() + grace)
      })
    },
    close: (connector, why) => {
      for (const line of [...lines.values()]) if (line.connector.id === connector) line.close(why)
    },
    closeAll: () => {
      for (const line of [...lines.values()]) line.close('the server stops')
      for (const integration of waiting.keys()) wake(integration)
    },
  }
}
