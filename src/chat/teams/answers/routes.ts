import { newRate } from '../../../app/rates.ts'
import { seconds } from '../../../domain/time.ts'
import type { InvokeActivity, MessageActivity } from '../deliveries/activity.ts'
import { nothing, sentenceAnswer } from '../deliveries/answers.ts'
import type { Delivered } from '../deliveries/gate.ts'
import { newReference } from '../failure.ts'
import type { Route } from './bot.ts'
import type { TeamsContext } from './context.ts'
import { invokes } from './invokes.ts'
import { arrived, isArrival, typed } from './messages.ts'

const unknown = 'Latchkey does not know this action. Type help in your chat with Latchkey to see what it can do.'

/** All routes, and the work that goes on after its delivery was answered. */
export const newRoutes = (context: TeamsContext) => {
  const running = new Set<Promise<void>>()
  /** A message is acknowledged at once, and answered in the chat. */
  const behind = (work: Promise<unknown>) => {
    const task = work.then(
      () => {},
      (error: unknown) => void newReference(context.log, error),
    )
    running.add(task)
    void task.then(() => running.delete(task))
    return nothing
  }
  const isAgain = newRate<string>(context.clock, 1, seconds(60))
  const routes: readonly Route[] = [
    ...Object.entries(invokes).map(
      ([name, answer]): Route => ({
        takes: (activity) => activity.type === 'invoke' && activity.name === name,
        run: (delivered) => answer(context, delivered as Delivered & { activity: InvokeActivity }),
      }),
    ),
    {
      takes: ({ type }) => type === 'invoke',
      run: async ({ activity }) => sentenceAnswer(activity.type === 'invoke' ? activity.name : '', unknown),
    },
    {
      takes: ({ type }) => type === 'message',
      run: async (delivered) => behind(typed(context, delivered as Delivered & { activity: MessageActivity })),
    },
    {
      takes: isArrival,
      run: async (delivered) => {
        const { tenant, subject } = delivered.sender.identity
        return isAgain(`${tenant}/${subject}`) ? nothing : behind(arrived(context, delivered))
      },
    },
    { takes: () => true, run: async () => nothing },
  ]
  return { routes, settled: () => Promise.allSettled(running) }
}
