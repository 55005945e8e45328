/** What a call may contain, in the words of a policy. An empty list allows any value, an absent name none. */
export type ParameterRules = {
  readonly allowed_parameters: Readonly<Record<string, readonly string[]>>
  readonly required_parameters: readonly string[]
}

/**
 * The rules that contain those of all items on one path; `undefined` in the list is an item that allows anything. A
 * policy checks each parameter alone. So rules that differ in two of them would together allow what nobody asked for:
 * then it is `too-wide`.
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
  const isSameRequired = textOf(one.required_parameters) === textOf(other.required_parameters)
  const different = names.filter((name) => !a[name] || !b[name] || textOf(a[name]) !== textOf(b[name]))
  if (different.length + (isSameRequired ? 0 : 1) > 1) return undefined
  const values = names.map((name): [string, readonly string[]] => [name, union(a[name], b[name])])
  return {
    allowed_parameters: Object.fromEntries(values),
    required_parameters: one.required_parameters.filter((name) => other.required_parameters.includes(name)),
  }
}

/** An empty list is the widest: any value. */
const union = (one: readonly string[] | undefined, other: readonly string[] | undefined): readonly string[] => {
  if (!one || !other) return one ?? other ?? []
  return one.length === 0 || other.length === 0 ? [] : [...new Set([...one, ...other])]
}

const textOf = (list: readonly string[]): string => JSON.stringify([...list].sort())

/** Equal rules give equal bytes. */
const sorted = ({ allowed_parameters: allowed, required_parameters: required }: ParameterRules): ParameterRules => ({
  allowed_parameters: Object.fromEntries(
    Object.entries(allowed)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, values]) => [name, [...values].sort()]),
  ),
  required_parameters: [...required].sort(),
})
