import type { PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { AuditRow } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'

/** Rows of the audit log in their order, for the people whom the configuration names as auditors. */
export const readAudit =
  (deps: Pick<Deps, 'store' | 'directory' | 'settings'>) =>
  async (by: PersonId, after: number, limit: number): Promise<Outcome<readonly AuditRow[]>> => {
    const { auditors = [] } = deps.settings
    if (!auditors.flatMap(membersOf(deps)).includes(by)) return refuse({ code: 'not-an-auditor' })
    return accept(await deps.store.auditRows(after, limit))
  }
