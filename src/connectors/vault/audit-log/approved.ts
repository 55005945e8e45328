import { z } from 'zod'
import type { Plan } from '../../../domain/connector.ts'

const document = z.object({
  path: z.record(z.string(), z.object({ capabilities: z.array(z.string()) })),
  lent: z.unknown().optional(),
})

type Rule = { readonly closeness: number; readonly capabilities: readonly string[]; readonly covers: RegExp }
type Approved = { readonly isLent: boolean; readonly rules: readonly Rule[] }

/** By the document: a plan may have thousands of rules, and a log thousands of lines a second. */
const known = new Map<string, Approved | undefined>()
const mostKnown = 200

const read = ({ document: text }: Plan): Approved | undefined => {
  if (known.has(text)) return known.get(text)
  const made = compiled(text)
  if (known.size >= mostKnown) known.clear()
  known.set(text, made)
  return made
}

const compiled = (text: string): Approved | undefined => {
  try {
    const found = document.safeParse(JSON.parse(text)).data
    const rules = Object.entries(found?.path ?? {}).map(([rule, { capabilities }]): Rule => {
      return { closeness: closeness(rule), capabilities, covers: patternOf(rule) }
    })
    return found && { isLent: found.lent !== undefined, rules }
  } catch {
    return undefined
  }
}

/** Whether the tokens of such a plan have administrators' policies, so that only their display name is drawn. */
export const isLent = (plan: Plan): boolean => read(plan)?.isLent === true

/** What each operation of the log needs; others, such as a lookahead of the server itself, need nothing. */
const needed: Readonly<Record<string, readonly string[]>> = {
  read: ['read'],
  list: ['list'],
  scan: ['scan'],
  create: ['create', 'update'],
  update: ['create', 'update'],
  patch: ['patch'],
  delete: ['delete'],
}

/** Whether the document's closest rule for a path gives the operation. */
export const allows = (plan: Plan, path: string, operation: string): boolean => {
  const wanted = needed[operation]
  const rules = read(plan)?.rules
  if (!wanted || !rules) return true
  const matching = rules.filter(({ covers }) => covers.test(path) || covers.test(`${path}/`))
  const closest = matching.reduce((most, rule) => Math.max(most, rule.closeness), -1)
  return matching
    .filter((rule) => rule.closeness === closest)
    .some(({ capabilities }) => wanted.some((one) => capabilities.includes(one)))
}

/** A vault obeys only the rule that names a path most closely. */
const closeness = (rule: string): number => {
  const first = rule.search(/[*+]/)
  return first < 0 ? Number.MAX_SAFE_INTEGER : first
}

/** A rule may end in `*`, and have `+` in the place of one segment. A list's path may end in a slash, or not. */
const patternOf = (rule: string): RegExp => {
  const isPrefix = rule.endsWith('*')
  const parts = (isPrefix ? rule.slice(0, -1) : rule)
    .split('+')
    .map((part) => part.replace(/[\\^$.*?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]+')}${isPrefix ? '' : '/?$'}`)
}
