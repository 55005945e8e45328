import { z } from 'zod'
import type { Plan } from '../../../domain/connector.ts'
import { jsonOf } from '../../../domain/json-of.ts'
import type { Rule } from '../policy.ts'
import { sortedValues } from '../rule-parameters.ts'
import type { Rules } from './rules.ts'

const rule = z.strictObject({
  capabilities: z.array(z.string()),
  allowed_parameters: z.record(z.string(), z.array(z.string())).exactOptional(),
  denied_parameters: z.record(z.string(), z.array(z.string())).exactOptional(),
  required_parameters: z.array(z.string()).exactOptional(),
})
const document = z.strictObject({ path: z.record(z.string(), rule) })

/**
 * The rules of a policy that the vault holds; `undefined` for a text that says more than rules of ours can, or says it
 * with escapes. A parser may read those wrongly (see `findings/`), and no path of ours needs them.
 */
export const rulesOfDocument = (text: string): Rules | undefined => {
  if (text.includes('\\')) return undefined
  const { data } = document.safeParse(jsonOf(text))
  return data && new Map(Object.entries(data.path).map(([path, given]) => [path, normal(given)]))
}

const normal = (given: Rule): Rule => {
  const { allowed_parameters: allowed, denied_parameters: denied, required_parameters: required } = given
  return {
    capabilities: [...given.capabilities].sort(),
    ...(allowed && { allowed_parameters: sortedValues(allowed) }),
    ...(denied && { denied_parameters: sortedValues(denied) }),
    ...(required && { required_parameters: [...required].sort() }),
  }
}

const withLent = z.object({ lent: z.strictObject({ role: z.string(), policies: z.array(z.string()).min(1) }) })

/** The role and the policies that a plan lends; `undefined` for a plan that lends nothing. */
export const lentByPlan = ({ document: text }: Plan) => withLent.safeParse(jsonOf(text)).data?.lent
