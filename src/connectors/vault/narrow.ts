import { seconds } from '../../domain/time.ts'
import { margin, timeLeft } from './approved-policy.ts'
import type { VaultCalls } from './calls.ts'
import { callsFor, narrowedDocument, ownHandle, type Task, type VaultContext } from './context.ts'
import { failure } from './failure.ts'

/**
 * Rewrites every live policy of a grant to its narrowed plan. A policy that is missing stays missing, because somebody
 * ended the access; one with other rules is not ours to repair.
 */
export const narrow = async (context: VaultContext, task: Task): Promise<void> => {
  const document = narrowedDocument(context, task)
  const { policies } = ownHandle(context, task)
  const calls = callsFor(context, task.grant)
  const found = await Promise.all(policies.map((name) => rewrite(context, task, calls, name, document)))
  if (!found.includes(true)) throw failure('missing-at-vault', 'The policy of this access was deleted at the vault.')
}

/** Returns whether the policy is there. */
const rewrite = async (
  context: VaultContext,
  task: Task,
  calls: VaultCalls,
  name: string,
  document: string,
): Promise<boolean> => {
  const before = await calls.readPolicy(name)
  if (!before) return false
  if (before.policy === document) return true
  const approved = task.approved?.plan.document ?? document
  if (!isBetween(before.policy, approved, document)) throw differs(name)
  const left = seconds(timeLeft(context, task) + margin)
  if ((await calls.replacePolicy(name, document, left, before.version)) === 'changed') {
    if (await calls.readPolicy(name)) throw differs(name)
    return false
  }
  const stored = await calls.readPolicy(name)
  if (!stored) return false // its end deleted it meanwhile
  if (stored.policy !== document) throw differs(name)
  return true
}

const differs = (name: string) => failure('policy-differs', `The vault holds another policy as ${name}.`)

/**
 * Whether a policy is the approved one with some of the denies of the present one: what an earlier narrowing left. Each of
 * its rules must be the approved or the present rule of that path. No approved path may lack its rule.
 */
export const isBetween = (document: string, approved: string, present: string): boolean => {
  if (document === present || document === approved) return true
  const [found, widest, narrowest] = [rulesIn(document), rulesIn(approved), rulesIn(present)]
  if (!found || !widest || !narrowest) return false
  const isKnown = ([path, rule]: readonly [string, string]) => [widest.get(path), narrowest.get(path)].includes(rule)
  return [...found].every(isKnown) && [...widest.keys()].every((path) => found.has(path))
}

/** The rules of a policy of ours by path; `undefined` for anything else. */
const rulesIn = (document: string): ReadonlyMap<string, string> | undefined => {
  try {
    const { path, ...rest } = JSON.parse(document)
    const isOurs = Object.keys(rest).length === 0 && typeof path === 'object' && path !== null
    return isOurs ? new Map(Object.entries(path).map(([name, rule]) => [name, JSON.stringify(rule)])) : undefined
  } catch {
    return undefined
  }
}
