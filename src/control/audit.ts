import type { Deps } from '../app/deps.ts'
import type { AuditHead, StoreReader } from '../ports.ts'
import type { AuditLines, VerifyLine } from './operator-lines.ts'

/** A part of the audit log as the database has it, so that its chain can be followed elsewhere. */
export const exportAudit = async (
  { store }: Pick<Deps, 'store'>,
  after: number,
  limit: number,
): Promise<AuditLines> => {
  const head = await store.auditHead()
  return {
    rows: [...(await store.auditRows(after, limit))].map((row) => ({ ...row, detail: { ...row.detail } })),
    head,
  }
}

/** Checks the log beside the server, so that nobody waits for it. */
export const verifyAudit = async (
  open: () => Promise<StoreReader>,
  heads: readonly AuditHead[],
): Promise<VerifyLine> => {
  const reader = await open()
  try {
    const { rows, head, firstBad } = await reader.verify(heads)
    return { rows, head, ...(firstBad && { firstBad }) }
  } finally {
    await reader.close()
  }
}
