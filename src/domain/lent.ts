import type { Plan } from './connector.ts'

/** An administrator's policies that are lent, and the token role through which. */
export type Lent = {
  readonly policies: readonly string[]
  readonly role: string
  /** What the policies open besides the items, in the vault's words; absent where that is not known any more. */
  readonly beyond?: readonly string[]
}

/** What a plan says that is lent; `undefined` where the bot writes a policy of its own. */
export const lentIn = ({ document }: Pick<Plan, 'document'>): Omit<Lent, 'beyond'> | undefined => {
  const { lent } = objectIn(document)
  const { role, policies } = isObject(lent) ? lent : {}
  return typeof role === 'string' && Array.isArray(policies) && policies.every((name) => typeof name === 'string')
    ? { role, policies }
    : undefined
}

const objectIn = (document: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(document)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const mostInAudit = 50

/** The same in an audit row; of what it opens besides, the first paths and how many they are. */
export const lentDetail = ({ policies, role, beyond = [] }: Lent): Readonly<Record<string, string | number>> => ({
  ...{ lent: JSON.stringify(policies), role, opensBesides: beyond.length },
  ...(beyond.length > 0 && { besides: JSON.stringify(beyond.slice(0, mostInAudit)) }),
})
