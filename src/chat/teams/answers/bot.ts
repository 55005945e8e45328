import { Application } from '@microsoft/teams-ai/lib/Application.js'
import { type Activity as BotActivity, BotAdapter, INVOKE_RESPONSE_KEY, TurnContext } from 'botbuilder'
import type { Activity } from '../deliveries/activity.ts'
import { type Answer, nothing } from '../deliveries/answers.ts'
import type { Delivered } from '../deliveries/gate.ts'

/** One kind of activity and its work. The first route that takes an activity answers it. */
export type Route = {
  readonly takes: (activity: Activity) => boolean
  readonly run: (delivered: Delivered) => Promise<Answer>
}

/** Passes an admitted activity to its route, and returns the answer. */
export type Bot = (delivered: Delivered) => Promise<Answer>

const deliveredKey = Symbol('the delivery')

/**
 * Routes activities by the Teams AI library, and uses nothing else of it. Its helpers answer some deliveries in a form that
 * Teams does not take, and some cards to everybody. Its transport repeats messages. So routes answer by themselves.
 */
export const newBot = (routes: readonly Route[]): Bot => {
  const adapter = new AnswersOnly()
  // Without a storage it keeps nothing; a typing timer would be shared by all turns.
  const application = new Application({ startTypingTimer: false, removeRecipientMention: false })
  for (const { takes, run } of routes) {
    const selects = async (context: TurnContext) => takes(deliveredIn(context).activity)
    const handle = async (context: TurnContext) => {
      // Read before the work: the library revokes its context when the turn is over.
      const delivered = deliveredIn(context)
      const value = await run(delivered)
      await context.sendActivity({ type: 'invokeResponse', value })
    }
    application.addRoute(selects, handle, true)
    application.addRoute(selects, handle)
  }
  return (delivered) => adapter.answer(delivered, (context) => application.run(context))
}

const deliveredIn = (context: TurnContext): Delivered => {
  const delivered: Delivered | undefined = context.turnState.get(deliveredKey)
  if (!delivered) throw new Error('a turn began without its delivery')
  return delivered
}

const noTransport = (): never => {
  throw new Error('messages go through the connector')
}

/** An adapter that only hands the answer back: all messages go through our own connector. */
class AnswersOnly extends BotAdapter {
  async answer(delivered: Delivered, run: (context: TurnContext) => Promise<unknown>): Promise<Answer> {
    const context = new TurnContext(this, { ...delivered.activity } as Partial<BotActivity>)
    context.turnState.set(deliveredKey, delivered)
    await this.runMiddleware(context, async (revocable) => void (await run(revocable)))
    return context.turnState.get(INVOKE_RESPONSE_KEY)?.value ?? nothing
  }
  override async sendActivities(context: TurnContext, activities: Partial<BotActivity>[]) {
    for (const activity of activities) {
      if (activity.type !== 'invokeResponse') noTransport()
      context.turnState.set(INVOKE_RESPONSE_KEY, activity)
    }
    return activities.map(() => ({ id: '' }))
  }
  override updateActivity = async () => noTransport()
  override deleteActivity = async () => noTransport()
  override continueConversation = async () => noTransport()
}
