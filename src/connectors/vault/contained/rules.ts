import { closestFirst, type Rule } from '../policy.ts'

/** What a policy says, path by path. A vault obeys only the rule that names a path most closely. */
export type Rules = ReadonlyMap<string, Rule>

const barred: Rule = { capabilities: ['deny'] }

const isDenied = ({ capabilities }: Rule): boolean => capabilities.includes('deny')

/** What calls may contain, as text; equal rules of ours have equal text. */
const parametersOf = ({ capabilities: _, ...parameters }: Rule): string | undefined =>
  Object.keys(parameters).length > 0
    ? JSON.stringify([parameters.allowed_parameters, parameters.denied_parameters, parameters.required_parameters])
    : undefined

/**
 * What a token with several policies has: on one path all their capabilities, and nothing where one of them denies. Servers
 * mix what calls may contain, value by value. So where that differs on a path, it counts as denied, and is never relied on.
 */
export const merged = (all: readonly Rules[]): Rules => {
  const paths = [...new Set(all.flatMap((rules) => [...rules.keys()]))].sort()
  return new Map(paths.map((path) => [path, together(all.flatMap((rules) => rules.get(path) ?? []))]))
}

/** The paths on which rules allow calls with different content: a server would mix them, and no text could say what is left. */
export const mixed = (all: readonly Rules[]): readonly string[] =>
  [...new Set(all.flatMap((rules) => [...rules.keys()]))].filter((path) => {
    const given = all.flatMap((rules) => rules.get(path) ?? [])
    return !given.some(isDenied) && new Set(given.map(parametersOf)).size > 1
  })

const together = (rules: readonly Rule[]): Rule => {
  const [first = barred] = rules
  if (rules.some((rule) => isDenied(rule) || parametersOf(rule) !== parametersOf(first))) return barred
  return { ...first, capabilities: [...new Set(rules.flatMap(({ capabilities }) => capabilities))].sort() }
}

/** Whether a rule allows everything that another one does. */
const allows = (rule: Rule | undefined, wanted: Rule): boolean =>
  rule !== undefined &&
  !isDenied(rule) &&
  wanted.capabilities.every((one) => rule.capabilities.includes(one)) &&
  [undefined, parametersOf(wanted)].includes(parametersOf(rule))

/** Whether the rules give what is wanted on a path; with a final `*`, on everything that it matches. */
export const includes = (rules: Rules, path: string, wanted: Rule): boolean => {
  const closest = closestFirst(path).find((rule) => rules.has(rule))
  if (closest === undefined || !allows(rules.get(closest), wanted)) return false
  if (!path.endsWith('*')) return true
  const beginning = path.slice(0, -1)
  return [...rules].every(([at, rule]) => at === path || !at.startsWith(beginning) || allows(rule, wanted))
}

/** Whether the rules give everything that the others give. */
export const includesAll = (rules: Rules, others: Rules): boolean =>
  [...others].every(([path, wanted]) => isDenied(wanted) || includes(rules, path, wanted))

/** The paths on which the rules allow more than the others do on the very same path. */
export const beyond = (rules: Rules, others: Rules): readonly string[] =>
  [...rules]
    .filter(([path, rule]) => {
      const other = others.get(path)
      return !isDenied(rule) && !(other && allows(other, rule))
    })
    .map(([path]) => path)
