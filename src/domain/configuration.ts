import { type AuditEvent, system } from './audit-event.ts'
import type { Timestamp } from './time.ts'

/** The configuration in effect: the hash of its file, and each setting by its key, both as text. */
export type Configuration = { readonly hash: string; readonly settings: Readonly<Record<string, string>> }

/** The configuration that was in effect last. */
export interface ConfigurationMemory {
  /** Notes the configuration in effect, with its event in the same transaction, unless it is the one noted last. */
  noteConfiguration(now: Configuration, event: (before: Configuration | undefined) => AuditEvent): Promise<void>
}

const most = { changes: 40, letters: 200 } as const

/** The audit row about a configuration that took effect: its hash, and what changed. */
export const configurationChanged =
  (now: Configuration, at: Timestamp) =>
  (before: Configuration | undefined): AuditEvent => {
    const changes = before ? changesBetween(before.settings, now.settings) : []
    const left = changes.length - most.changes
    const words = changes.slice(0, most.changes).join('; ')
    const none = before ? 'no setting' : 'noted for the first time'
    return {
      at,
      kind: 'configuration-changed',
      actor: system,
      detail: {
        hash: now.hash,
        ...(before && { before: before.hash }),
        changes: `${words || none}${left > 0 ? `; and ${left} more` : ''}`,
      },
    }
  }

const changesBetween = (before: Configuration['settings'], now: Configuration['settings']): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().flatMap((key) => {
    const [old, current] = [before[key], now[key]]
    if (old === current) return []
    if (old === undefined) return [`${key} added: ${cut(current ?? '')}`]
    return [current === undefined ? `${key} removed: ${cut(old)}` : `${key}: ${cut(old)} → ${cut(current)}`]
  })

const cut = (text: string): string => {
  const letters = [...text]
  return letters.length > most.letters ? `${letters.slice(0, most.letters).join('')}…` : text
}
