/** Every key that any member of a union has: a table must have a column for each. */
export type KeyOf<Union> = Union extends unknown ? keyof Union : never

/** A column that the row's state must have, as the tables' checks promise. Throws for a row that breaks them. */
export const present = <T>(value: T | null): T => {
  if (value === null) throw new Error('The database holds a row whose state lacks a column.')
  return value
}

/** A type as columns: what may be absent is null. */
export type Stored<Thing> = {
  readonly [Key in keyof Thing]-?: Record<never, never> extends Pick<Thing, Key>
    ? Exclude<Thing[Key], undefined> | null
    : Thing[Key]
}
