import { z } from 'zod'
import type { Handle, HandleNames } from '../../domain/connector.ts'

const content = z.object({
  /** Policy names that may exist, in the order of drawing; the last one is the newest. */
  policies: z.array(z.string()).default([]),
  /** The number of names drawn so far, used in the next name. */
  drawn: z.int().default(0),
  /** Accessors of the tokens handed out; an accessor cannot be used to log in. */
  accessors: z.array(z.string()).default([]),
  /** `token`: only the end of these tokens ends what they made. Absent: the end of the policies does. */
  endsBy: z.literal('token').exactOptional(),
})

/** What the connector stores about a grant. */
export type VaultHandle = z.output<typeof content>

const accessorsKept = 20

/** Reads a stored handle; an absent or empty one means that nothing was done yet. */
export const readHandle = (handle: Handle | undefined): VaultHandle => content.parse(handle ?? {})

/** The handle with one more policy name. */
export const withPolicy = (handle: VaultHandle, name: string): VaultHandle => ({
  ...handle,
  policies: [...handle.policies, name],
  drawn: handle.drawn + 1,
})

/** The handle after a credential was issued under its newest policy and all others were deleted. */
export const withCredential = (handle: VaultHandle, accessor: string): VaultHandle => ({
  ...handle,
  policies: handle.policies.slice(-1),
  accessors: [...handle.accessors, accessor].slice(-accessorsKept),
})

/** The same where the earlier tokens were ended too, and this one must be. */
export const withOnlyToken = (handle: VaultHandle, accessor: string): VaultHandle => ({
  ...withCredential({ ...handle, accessors: [] }, accessor),
  endsBy: 'token',
})

/**
 * Operations on the names in handles. Names that only the other handle has are older, so the stored newest name stays
 * the newest.
 */
export const handleNames: HandleNames = {
  newest: (handle) => ({ ...readHandle(handle), policies: readHandle(handle).policies.slice(-1) }),
  join: (stored, others) => {
    const [kept, added] = [readHandle(stored), readHandle(others)]
    const lacking = added.policies.filter((name) => !kept.policies.includes(name))
    return {
      policies: [...lacking, ...kept.policies],
      drawn: Math.max(kept.drawn, added.drawn),
      accessors: [...new Set([...added.accessors, ...kept.accessors])].slice(-accessorsKept),
      ...((kept.endsBy ?? added.endsBy) && { endsBy: 'token' }),
    }
  },
  drop: (stored, others) => {
    const [kept, dropped] = [readHandle(stored), readHandle(others)]
    return { ...kept, policies: kept.policies.filter((name) => !dropped.policies.includes(name)) }
  },
}
