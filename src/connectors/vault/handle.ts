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
  /** Where the bot only lends: `NAME TOKEN WRAPPING`, the accessors of what was made under a drawn name. */
  lent: z.array(z.string()).exactOptional(),
  /** `NAME MOMENT`: what may have been made under the name; after the moment nobody can open it any more. */
  unsure: z.array(z.string()).exactOptional(),
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

const nameIn = (note: string): string => note.split(' ', 1)[0] ?? ''

/** The notes about these names; a name with accessors is not unsure any more. */
const notesAbout = (isKept: (name: string) => boolean, { lent, unsure }: Pick<VaultHandle, 'lent' | 'unsure'>) => {
  const known = new Set(lent?.map(nameIn))
  return {
    ...(lent && { lent: lent.filter((note) => isKept(nameIn(note))) }),
    // What is unsure stays so, whatever happens to its name.
    ...(unsure && { unsure: unsure.filter((note) => !known.has(nameIn(note))) }),
  }
}

const joined = (one: readonly string[] | undefined, other: readonly string[] | undefined) =>
  one || other ? [...new Set([...(other ?? []), ...(one ?? [])])].slice(-accessorsKept) : undefined

/**
 * Operations on the names in handles. Names that only the other handle has are older, so the stored newest name stays
 * the newest.
 */
export const handleNames: HandleNames = {
  newest: (handle) => {
    const read = readHandle(handle)
    const policies = read.policies.slice(-1)
    return { ...read, policies, ...notesAbout((name) => policies.includes(name), read) }
  },
  join: (stored, others) => {
    const [kept, added] = [readHandle(stored), readHandle(others)]
    const lacking = added.policies.filter((name) => !kept.policies.includes(name))
    const [lent, unsure] = [joined(kept.lent, added.lent), joined(kept.unsure, added.unsure)]
    return {
      policies: [...lacking, ...kept.policies],
      drawn: Math.max(kept.drawn, added.drawn),
      accessors: [...new Set([...added.accessors, ...kept.accessors])].slice(-accessorsKept),
      ...((kept.endsBy ?? added.endsBy) && { endsBy: 'token' }),
      ...notesAbout(() => true, { ...(lent && { lent }), ...(unsure && { unsure }) }),
    }
  },
  drop: (stored, others) => {
    const [kept, dropped] = [readHandle(stored), readHandle(others)]
    const isKept = (name: string) => !dropped.policies.includes(name)
    return { ...kept, policies: kept.policies.filter(isKept), ...notesAbout(isKept, kept) }
  },
  gaveNothing: (handle) => {
    const { unsure, ...read } = readHandle(handle)
    const newest = read.policies.at(-1)
    return { ...read, ...(unsure && { unsure: unsure.filter((note) => nameIn(note) !== newest) }) }
  },
}
