import { bare } from '../../../views/copy.ts'
import type { FormView } from '../../../views/view-model.ts'
import type { Reply } from '../../conversation/port.ts'
import { readPress } from '../cards/actions.ts'
import type { Activity, MessageActivity } from '../deliveries/activity.ts'
import type { Delivered } from '../deliveries/gate.ts'
import type { TeamsContext } from './context.ts'
import { isPersonal, placeOf, wordsOf } from './values.ts'

const noDialogs =
  'This version of Teams opens no forms from buttons. Update Teams, or open it in a browser, and press again.'

/** What a person typed, or a button of a client that knows no other way. All answers go to the personal chat. */
export const typed = async (context: TeamsContext, delivered: Delivered & { readonly activity: MessageActivity }) => {
  const { activity, sender } = delivered
  const say = context.whisper(delivered)
  const open = async (_: FormView) => {
    await say(bare([noDialogs]))
    return async () => {}
  }
  const reply: Reply = { say, open }
  const payload = readPress(activity.value)
  if (payload === undefined) return context.inbound.command(sender, wordsOf(activity), reply)
  const { replyToId } = activity
  const message = replyToId ? { conversation: placeOf(activity), message: replyToId } : undefined
  const stands = message && { message, isPrivate: isPersonal(activity) }
  return context.inbound.press(sender, { payload, stands }, reply)
}

/** The app was installed for a person: they are told once, although Teams may tell us twice. */
export const arrived = (context: TeamsContext, delivered: Delivered): Promise<void> =>
  context.inbound.arrived(delivered.sender)

/** Whether an activity says that the app is now in the personal chat of its sender. */
export const isArrival = (activity: Activity): boolean => {
  if (!isPersonal(activity)) return false
  if (activity.type === 'installationUpdate') return activity.action === 'add'
  if (activity.type !== 'conversationUpdate') return false
  return activity.membersAdded?.some(({ id }) => id === activity.recipient.id) === true
}
