import type { Seconds } from '../../domain/time.ts'
import { newestOf, timeLeft, writePolicy } from './approved-policy.ts'
import { approvedDocument, callsFor, loginsFor, ownHandle, type Task, type VaultContext } from './context.ts'
import { together } from './together.ts'
import { throwIfEndless } from './token-ends.ts'

/**
 * Makes the newest drawn policy exist as approved, and no older one. Makes a disarmed account exist, and checks that a
 * login to it works. Returns the token life where the vault limits it below the wanted one.
 */
export const provision = async (context: VaultContext, task: Task): Promise<Seconds | undefined> => {
  const { accounts, tokenLife } = context
  const document = approvedDocument(context, task)
  await throwIfEndless(context, task.items)
  const { newest, older } = newestOf(ownHandle(context, task).policies)
  const left = timeLeft(context, task)
  const [calls, logins] = [callsFor(context, task.grant), loginsFor(context, task.grant)]
  for (const name of older) await calls.deletePolicy(name)
  const account = accounts.ensure(calls, task.account)
  const [life] = await together(
    tokenLife.atMost(calls, logins, { account: task.account, wanted: left, when: account }),
    writePolicy(context, calls, { name: newest, document, left }),
  )
  return life < left ? life : undefined
}
