import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type Instruments = ReturnType<typeof newInstruments>

const latencies = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * What is measured. Every label comes from the configuration or from a closed list: no person, no path, no id, so that
 * nobody outside can make more series, and a scrape tells nothing about anybody.
 */
export const newInstruments = (registry: Registry) => {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `latchkey_${name}`, help, labelNames, registers })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `latchkey_${name}`, help, labelNames, registers })
  return {
    requests: counter('requests_total', 'Requests that came into a state.', ['integration', 'state']),
    decisions: counter('decisions_total', 'Verdicts of owners.', ['integration', 'verdict']),
    ended: counter('grants_ended_total', 'Ends of access that were proved.', ['integration', 'because']),
    credentials: counter('credentials_total', 'What came of redeemed links.', ['integration', 'outcome']),
    misuses: counter('link_misuses_total', 'Links that somebody else tried.', ['integration']),
    refusals: counter('refusals_total', 'Times that somebody was told no.', ['code']),
    steps: counter('step_failures_total', 'Steps at a vault that failed.', ['integration', 'state', 'code']),
    calls: counter('vault_calls_total', 'Things asked of a vault.', ['integration', 'verb']),
    failures: counter('vault_call_failures_total', 'Those that failed.', ['integration', 'verb', 'code']),
    pushFailures: counter('audit_push_failures_total', 'Deliveries of audit rows that failed.', ['sink']),
    revocation: new Histogram({
      name: 'latchkey_revocation_seconds',
      help: 'From the start of revoking to the proof, by what proved it.',
      labelNames: ['integration', 'means'] as const,
      buckets: latencies,
      registers,
    }),
    live: gauge('grants', 'Grants that live.', ['integration', 'state']),
    pending: gauge('requests_pending', 'Requests that wait for a decision.', ['integration']),
    overdue: gauge('revocations_overdue', 'Ends owed for over a minute and not proved.', ['integration']),
    oldest: gauge('revocation_oldest_seconds', 'Age of the oldest owed end; 0 when none is owed.', ['integration']),
    vaultUp: gauge('vault_up', '1 while the vault answers.', ['integration']),
    cards: gauge('cards_pending', 'Chat messages that do not show the newest state yet.', ['platform']),
    refused: gauge('cards_refused', 'Chat messages that the platform refuses for good.', ['platform', 'code']),
    size: gauge('catalogue_resources', 'What the last complete discovery saw.', ['integration']),
    folders: gauge('discovery_folders', 'Folders of the pass under way, or of the last one.', ['integration', 'state']),
    unreadTags: gauge('owner_tags_unread', 'Resources whose owner tag was never read yet.', ['integration']),
    away: gauge('discovery_away', '1 for each mount that discovery cannot look into.', [
      'integration',
      'place',
      'code',
    ]),
    age: gauge('catalogue_age_seconds', 'Since the last complete discovery began.', ['integration']),
    rows: gauge('audit_rows', 'Rows of the audit log.', []),
    lagRows: gauge('audit_push_lag_rows', 'Rows that a receiver does not have yet.', ['sink']),
    pushRefused: gauge('audit_push_refused', '1 while a receiver refuses rows for good.', ['sink']),
    lagSeconds: gauge('audit_push_lag_seconds', 'Age of the oldest of them.', ['sink']),
    build: gauge('build_info', 'Always 1.', ['version', 'node']),
  }
}

/** Codes are short and from our own lists; anything else is one more value of the same label, and only one. */
export const word = (value: unknown): string =>
  typeof value === 'string' && /^[a-z][a-z-]{0,39}$/.test(value) ? value : 'other'
