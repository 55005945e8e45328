import { z } from 'zod'
import type { Plan } from '../../../domain/connector.ts'

const document = z.object({
  path: z.record(z.string(), z.object({ capabilities: z.array(z.string()) })),
  lent: z.unknown().optional(),
})

const read = (plan: Plan) => {
  try {
    return document.safeParse(JSON.parse(plan.document)).data
  } catch {
    return undefined
  }
}

/** Whether the tokens of such a plan have administrators' policies, so that only their display name is drawn. */
export const isLent = (plan: Plan): boolean => read(plan)?.lent !== undefined

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
  const rules = read(plan)?.path
  if (!wanted || !rules) return true
  const matching = Object.entries(rules).filter(([rule]) => covers(rule, path))
  const closest = Math.max(...matching.map(([rule]) => closeness(rule)))
  return matching
    .filter(([rule]) => closeness(rule) === closest)
    .some(([, { capabilities }]) => wanted.some((one) => capabilities.includes(one)))
}

/** A vault obeys only the rule that names a path most closely. */
const closeness = (rule: string): number => {
  const first = rule.search(/[*+]/)
  return first < 0 ? Number.MAX_SAFE_INTEGER : first
}

/** A rule may end in `*`, and have `+` in the place of one segment. A list's path may end in a slash, or not. */
const covers = (rule: string, path: string): boolean => {
  const isPrefix = rule.endsWith('*')
  const parts = (isPrefix ? rule.slice(0, -1) : rule)
    .split('+')
    .map((part) => part.replace(/[\\^$.*?()[\]{}|]/g, '\\$&'))
  const pattern = new RegExp(`^${parts.join('[^/]+')}${isPrefix ? '' : '/?$'}`)
  return pattern.test(path) || pattern.test(`${path}/`)
}
