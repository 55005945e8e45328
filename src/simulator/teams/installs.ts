import { installActivities } from './activities.ts'
import { type Client, ownConversation } from './client.ts'
import type { DeliveryOptions } from './delivery.ts'

/** Adds the app to a conversation, or removes it; the bot hears of both. */
export async function setInstalled(
  client: Client,
  conversationId: string,
  hasApp: boolean,
  options?: DeliveryOptions,
): Promise<void> {
  const { simulation } = client
  const conversation = ownConversation(client, conversationId)
  if (conversation.hasApp === hasApp) return
  if (hasApp && simulation.tenant.isAppDisabled) throw new Error('an administrator has disabled the app')
  conversation.hasApp = hasApp
  simulation.recorder.changed()
  for (const activity of installActivities(simulation, client.person(), conversation, hasApp ? 'add' : 'remove')) {
    await simulation.delivery.deliver(activity, options)
  }
}
