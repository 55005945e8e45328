import type { JsonObject } from '../common/json.ts'
import { directConversation, type Workspace } from './workspace.ts'

/** The methods whose messages Slack counts in each channel. */
const counted = ['chat.postMessage', 'chat.update']

/** Says for how many seconds a caller must wait; `undefined` if the call may run, which then counts. */
export type Pace = (method: string, args: JsonObject) => number | undefined

/** Slack's rule for messages: in one channel they are so many milliseconds apart. */
export function createPace(workspace: Workspace, apart: number, now: () => number): Pace {
  const last = new Map<string, number>()
  return (method, { channel }) => {
    if (apart === 0 || !counted.includes(method) || typeof channel !== 'string') return undefined
    const place = workspace.users.has(channel) ? directConversation(workspace, channel).id : channel
    const left = (last.get(place) ?? Number.NEGATIVE_INFINITY) + apart - now()
    if (left > 0) return Math.ceil(left / 1000)
    last.set(place, now())
    return undefined
  }
}
