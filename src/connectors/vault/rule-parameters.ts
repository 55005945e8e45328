/** What a call may contain, in the words of a policy. An empty list allows any value, an absent name none. */
export type ParameterRules = {
  readonly allowed_parameters: Readonly<Record<string, readonly string[]>>
  readonly denied_parameters: Readonly<Record<string, readonly string[]>>
  readonly required_parameters: readonly string[]
}

/**
 * Each call must have exactly these values; of others, only the `free` ones. No value at all is not one of these, so it is
 * denied by name as well: an engine would put its own default there.
 */
export const exactly = (
  fixed: Readonly<Record<string, string>>,
  free: readonly string[],
  needed: readonly string[],
): ParameterRules => {
  const values = Object.entries(fixed)
  return {
    allowed_parameters: Object.fromEntries([
      ...free.map((name): [string, string[]] => [name, []]),
      ...values.map(([name, value]): [string, string[]] => [name, [value]]),
    ]),
    denied_parameters: Object.fromEntries(values.map(([name]) => [name, ['']])),
    required_parameters: [...Object.keys(fixed), ...needed],
  }
}

/**
 * The rules that contain those of all items on one path; `undefined` in the list is an item that allows anything. A
 * policy checks each parameter alone. So rules that differ in two of them would together allow what nobody asked for: then
 * it is `too-wide`.
 */
export const mergedParameters = (
  all: readonly (ParameterRules | undefined)[],
): ParameterRules | undefined | 'too-wide' => {
  const [first, ...others] = all
  let merged = first
  for (const next of others) {
    if (!merged || !next) return undefined
    const both = together(merged, next)
    if (!both) return 'too-wide'
    merged = both
  }
  return merged && sorted(merged)
}

const together = (one: ParameterRules, other: ParameterRules): ParameterRules | undefined => {
  const [a, b] = [one.allowed_parameters, other.allowed_parameters]
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const isSameElse =
    textOf(one.required_parameters) === textOf(other.required_parameters) &&
    JSON.stringify(sortedValues(one.denied_parameters)) === JSON.stringify(sortedValues(other.denied_parameters))
  const different = names.filter((name) => !a[name] || !b[name] || textOf(a[name]) !== textOf(b[name]))
  if (different.length > 1 || !isSameElse) return undefined
  const values = names.map((name): [string, readonly string[]] => [name, union(a[name], b[name])])
  return {
    allowed_parameters: Object.fromEntries(values),
    denied_parameters: one.denied_parameters,
    required_parameters: one.required_parameters,
  }
}

/** An empty list is the widest: any value. */
const union = (one: readonly string[] | undefined, other: readonly string[] | undefined): readonly string[] => {
  if (!one || !other) return one ?? other ?? []
  return one.length === 0 || other.length === 0 ? [] : [...new Set([...one, ...other])]
}

const textOf = (list: readonly string[]): string => JSON.stringify([...list].sort())

/** Equal rules give equal bytes. */
const sorted = (rules: ParameterRules): ParameterRules => ({
  allowed_parameters: sortedValues(rules.allowed_parameters),
  denied_parameters: sortedValues(rules.denied_parameters),
  required_parameters: [...rules.required_parameters].sort(),
})

/** Values by name, both in order. */
export const sortedValues = (given: ParameterRules['allowed_parameters']) =>
  Object.fromEntries(
    Object.entries(given)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, values]) => [name, [...values].sort()]),
  )
