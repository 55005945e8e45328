/** Every key of any member of a union: a table needs a column for each. */
export type KeyOf<Union> = Union extends unknown ? keyof Union : never

/** A column that the row's state requires, as the checks of the tables guarantee. Throws when it is null. */
export const present = <T>(value: T | null): T => {
  if (value === null) throw new Error('The database holds a row whose state lacks a column.')
  return value
}

/** A type as columns: optional fields become null. */
export type Stored<Thing> = {
  readonly [Key in keyof Thing]-?: Record<never, never> extends Pick<Thing, Key>
    ? Exclude<Thing[Key], undefined> | null
    : Thing[Key]
}
