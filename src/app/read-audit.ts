import type { PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { AuditRow } from '../ports.ts'
import type { Deps } from './deps.ts'
import { holdsRole } from './operators.ts'

/** Rows of the audit log in their order, for the people who hold the role `audit`, also by the key `auditors`. */
export const readAudit =
  (deps: Pick<Deps, 'store' | 'directory' | 'settings'>) =>
  async (by: PersonId, after: number, limit: number): Promise<Outcome<readonly AuditRow[]>> => {
    if (!holdsRole(deps, by, ['audit'])) return refuse({ code: 'not-an-auditor' })
    return accept(await deps.store.auditRows(after, limit))
  }
