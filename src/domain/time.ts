declare const brand: unique symbol

/** A moment, in milliseconds since 1970 (UTC). */
export type Timestamp = number & { readonly [brand]: 'Timestamp' }
/** A length of time, in whole seconds. */
export type Seconds = number & { readonly [brand]: 'Seconds' }

export const timestamp = (milliseconds: number): Timestamp => milliseconds as Timestamp
export const seconds = (count: number): Seconds => count as Seconds

/** The moment `length` after `moment`. */
export const after = (moment: Timestamp, length: Seconds): Timestamp => timestamp(moment + length * 1000)

/** Whole seconds from one moment to a later one, rounded down; 0 when it is not later. */
export const secondsUntil = (from: Timestamp, to: Timestamp): Seconds =>
  seconds(Math.max(0, Math.floor((to - from) / 1000)))
