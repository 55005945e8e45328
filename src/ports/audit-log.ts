import type { Grant } from '../domain/grant.ts'
import type { Gap, Use } from '../domain/receipt.ts'
import type { AuditWatch } from '../domain/receipt-memory.ts'

/** One answer of the vault to the holder of a credential under a drawn name. */
export type AuditLine = Use & {
  /** The drawn name, and where it stood. */
  readonly name: string
  readonly by: 'policy' | 'display-name'
  /** The accessor of the token, as the vault wrote it: usually its HMAC. */
  readonly accessor?: string
}

/** What was read of the log at once. */
export type AuditBatch = Pick<AuditWatch, 'position' | 'readTo' | 'doubtSince'> & {
  /** The answers under drawn names of this instance, in the order of the log. */
  readonly lines: readonly AuditLine[]
  readonly gaps: readonly Required<Gap>[]
  /** All lines, and how many of them could not be read. */
  readonly seen: number
  readonly unreadable: number
  /** Why the log cannot be read now. */
  readonly trouble?: string
}

/**
 * What a line says about the grant that its name claims. `unapproved`: the vault allowed what no rule of the approved plan
 * allows. `foreign`: neither the grant's names nor its tokens are like that.
 */
export type Verdict = 'own' | 'unapproved' | 'foreign'

/** The vault's own audit log. */
export interface AuditLog {
  /**
   * Yields what the vault writes after a stored position. The next batch is read only when it is asked for, so that the
   * former one can be stored before.
   */
  read(
    from: Pick<AuditWatch, 'position' | 'readTo' | 'doubtSince'> | undefined,
    signal: AbortSignal,
  ): AsyncIterable<AuditBatch>
  judge(grant: Pick<Grant, 'plan' | 'approved' | 'handle' | 'workload'>, line: AuditLine): Promise<Verdict>
}
