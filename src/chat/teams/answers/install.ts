import { ExternalError } from '../../../ports.ts'
import type { Activity } from '../deliveries/activity.ts'
import { type Answer, dialogAnswer } from '../deliveries/answers.ts'
import type { TeamsContext } from './context.ts'
import { placeOf } from './values.ts'

/** Whether we are missing in the group chat or channel where a person uses us: then its menus could not search. */
export const isMissing = async ({ hasty }: Pick<TeamsContext, 'hasty'>, activity: Activity): Promise<boolean> => {
  const conversation = placeOf(activity)
  if (!/@thread\./.test(conversation)) return false
  try {
    await hasty.member({ serviceUrl: activity.serviceUrl, conversation }, activity.from.id)
    return false
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    return error.code === 'BotNotInConversationRoster'
  }
}

/** Asks the person to add us; Teams then does it, and asks again. */
export const installCard = (): Answer =>
  dialogAnswer({
    title: 'Add Latchkey',
    width: 'medium',
    height: 'small',
    card: {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        type: 'AdaptiveCard',
        version: '1.5',
        fallbackText: 'Add Latchkey to this conversation, then ask again.',
        body: [
          {
            type: 'TextBlock',
            text: 'Latchkey is not in this conversation yet. Add it, and the form opens.',
            wrap: true,
          },
        ],
        actions: [{ type: 'Action.Submit', title: 'Add Latchkey', data: { msteams: { justInTimeInstall: true } } }],
      },
    },
  })
