import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type Instruments = ReturnType<typeof newInstruments>

const latencies = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * The instruments. Every label comes from the configuration or a closed list, never from a person, path or id. So
 * nobody outside can create series, and a scrape reveals nothing about people.
 */
export const newInstruments = (registry: Registry) => {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `latchkey_${name}`, help, labelNames, registers })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `latchkey_${name}`, help, labelNames, registers })
  return {
    requests: counter('requests_total', 'Requests that entered a state.', ['integration', 'state']),
    decisions: counter('decisions_total', 'Verdicts of owners.', ['integration', 'verdict']),
    ended: counter('grants_ended_total', 'Proved ends of access.', ['integration', 'because']),
    credentials: counter('credentials_total', 'Outcomes of redeemed links.', ['integration', 'outcome']),
    misuses: counter('link_misuses_total', 'Links that a second browser tried.', ['integration']),
    refusals: counter('refusals_total', 'Refused commands.', ['code']),
    steps: counter('step_failures_total', 'Failed steps at a vault.', ['integration', 'state', 'code']),
    calls: counter('vault_calls_total', 'Connector operations at a vault.', ['integration', 'verb']),
    failures: counter('vault_call_failures_total', 'Those that failed.', ['integration', 'verb', 'code']),
    pushFailures: counter('audit_push_failures_total', 'Failed deliveries of audit rows.', ['sink']),
    revocation: new Histogram({
      name: 'latchkey_revocation_seconds',
      help: 'Time from the start of revoking to the proof, by kind of proof.',
      labelNames: ['integration', 'means'] as const,
      buckets: latencies,
      registers,
    }),
    live: gauge('grants', 'Grants that live.', ['integration', 'state']),
    pending: gauge('requests_pending', 'Pending requests.', ['integration']),
    overdue: gauge('revocations_overdue', 'Ends that are due for over a minute and not proved.', ['integration']),
    oldest: gauge('revocation_oldest_seconds', 'Age of the oldest unproved due end; 0 without one.', ['integration']),
    vaultUp: gauge('vault_up', '1 while the vault answers.', ['integration']),
    contained: gauge('vault_contained', '1 where Latchkey only lends policies, 0 where it writes policies and users.', [
      'integration',
    ]),
    cards: gauge('cards_pending', 'Chat messages that do not yet show the newest state.', ['platform']),
    refused: gauge('cards_refused', 'Chat messages that the platform refuses permanently.', ['platform', 'code']),
    size: gauge('catalogue_resources', 'Resources that the last complete discovery found.', ['integration']),
    folders: gauge('discovery_folders', 'Folders of the running discovery pass, or of the last one.', [
      'integration',
      'state',
    ]),
    unreadTags: gauge('owner_tags_unread', 'Resources whose owner tag was not read yet.', ['integration']),
    stuck: gauge('stuck_leases', 'Leases that the vault has given up ending.', ['integration']),
    away: gauge('discovery_away', '1 for each mount that discovery cannot list.', ['integration', 'place', 'code']),
    age: gauge('catalogue_age_seconds', 'Time since the last complete discovery began.', ['integration']),
    rows: gauge('audit_rows', 'Rows of the audit log.', []),
    lagRows: gauge('audit_push_lag_rows', 'Audit rows that a receiver does not have yet.', ['sink']),
    pushRefused: gauge('audit_push_refused', '1 while a receiver refuses rows permanently.', ['sink']),
    lagSeconds: gauge('audit_push_lag_seconds', 'Age of the oldest audit row that a receiver does not have yet.', [
      'sink',
    ]),
    auditLines: counter('vault_audit_lines_total', 'Lines that were read of the audit log of a vault.', [
      'integration',
      'state',
    ]),
    auditReadTo: gauge('vault_audit_read_timestamp_seconds', 'The time of the last line that was read of it.', [
      'integration',
    ]),
    build: gauge('build_info', 'Always 1.', ['version', 'node']),
  }
}

/** Our codes are short and from closed lists; any other value becomes the one label `other`. */
export const word = (value: unknown): string =>
  typeof value === 'string' && /^[a-z][a-z-]{0,39}$/.test(value) ? value : 'other'
