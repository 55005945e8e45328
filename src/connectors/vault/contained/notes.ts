import { after, seconds, secondsUntil, type Timestamp, timestamp } from '../../../domain/time.ts'
import type { VaultHandle } from '../handle.ts'
import type { VaultParams } from '../params.ts'

/** What was made under a drawn name: the accessors of the token and of its wrapping. */
export type Lent = { readonly name: string; readonly token: string; readonly wrapping: string }

/** Everything that a handle knows to have been lent. */
export const lentIn = ({ lent = [] }: VaultHandle): readonly Lent[] =>
  lent.flatMap((note) => {
    const [name, token, wrapping] = note.split(' ')
    return name && token && wrapping ? [{ name, token, wrapping }] : []
  })

/** How long after a draw its call may be sent. */
const sendWithin = seconds(20)

/** How long what a lost answer made can be opened: until it is sent, answered, and its wrapping is over. */
const unsureFor = ({ timeoutSeconds, wrapSeconds }: VaultParams) =>
  seconds(sendWithin + Math.ceil(timeoutSeconds) + wrapSeconds)

/** The handle with a note that a call may be made under its newest name. Notes whose time is over are left out. */
export const withDraw = (handle: VaultHandle, params: VaultParams, now: Timestamp): VaultHandle => {
  const newest = handle.policies.at(-1)
  const unsure = (handle.unsure ?? []).filter((note) => momentIn(note) > now)
  return { ...handle, unsure: [...unsure, `${newest} ${after(now, unsureFor(params))}`] }
}

const momentIn = (note: string): Timestamp => timestamp(Number(note.split(' ')[1]))

/** Whether the call under a name may still be sent: only while its note covers all that it could make. */
export const maySend = ({ unsure = [] }: VaultHandle, name: string, params: VaultParams, now: Timestamp): boolean => {
  const note = unsure.find((one) => one.startsWith(`${name} `))
  return note !== undefined && secondsUntil(now, momentIn(note)) >= unsureFor(params) - sendWithin
}

/** When nobody can open any more what lost answers may have made; `undefined` when that is so now. */
export const unsureUntil = ({ unsure = [] }: VaultHandle, now: Timestamp): Timestamp | undefined => {
  const last = Math.max(0, ...unsure.map(momentIn))
  return last > now ? timestamp(last) : undefined
}

/** The handle after a credential was issued under its newest name and all others were ended. */
export const withLent = (handle: VaultHandle, { name, token, wrapping }: Lent): VaultHandle => ({
  ...handle,
  policies: [name],
  accessors: [token],
  lent: [`${name} ${token} ${wrapping}`],
  unsure: (handle.unsure ?? []).filter((note) => !note.startsWith(`${name} `)),
})

/** The handle after all of that was ended. */
export const withNothingLent = (handle: VaultHandle): VaultHandle => ({
  ...handle,
  ...{ policies: [], accessors: [], lent: [], unsure: [] },
})
