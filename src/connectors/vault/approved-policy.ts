import { type Seconds, seconds, secondsUntil } from '../../domain/time.ts'
import type { VaultCalls } from './calls.ts'
import type { Task, VaultContext } from './context.ts'
import { failure } from './failure.ts'

/** A policy outlives its tokens by this many seconds: the tokens end exactly, the policy is only a second fuse. */
export const margin = 60

export type NewPolicy = { readonly name: string; readonly document: string; readonly left: Seconds }

/** Writes a policy that must be absent or already identical, then reads back what the vault stored. */
export const writePolicy = async (
  context: VaultContext,
  calls: VaultCalls,
  { name, document, left }: NewPolicy,
): Promise<void> => {
  await calls.putPolicy(name, document, seconds(left + margin), true)
  const stored = await calls.readPolicy(name)
  if (!stored) throw failure('not-proven', `The vault does not show the policy ${name} that was just written.`)
  if (stored.policy !== document) throw failure('policy-differs', `The vault holds another policy as ${name}.`)
  if (!stored.expiration && (await context.flavour()) === 'openbao') {
    context.log.warn({ policy: name }, 'this OpenBao does not end policies by itself')
  }
}

/** The newest name drawn for a grant, and the names before it. Throws `not-drawn` without a name. */
export const newestOf = (policies: readonly string[]): { newest: string; older: readonly string[] } => {
  const newest = policies.at(-1)
  if (newest === undefined) throw failure('not-drawn', 'No policy name was drawn.')
  return { newest, older: policies.slice(0, -1) }
}

/** How long the access still lasts. Throws `too-late` after its end. */
export const timeLeft = ({ clock }: VaultContext, { until }: Task): Seconds => {
  const left = secondsUntil(clock.now(), until)
  if (left < 1) throw failure('too-late', 'The access is over.')
  return left
}
