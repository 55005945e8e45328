import { isObject, type JsonObject } from '../common/json.ts'
import { elementsOf } from './block-kit.ts'
import type { SimulatedMessage } from './messages.ts'
import { checkedContent, edit, post, remove, showFailure } from './posting.ts'
import type { ResponseTarget } from './response-urls.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'
import type { Acknowledgement, DeliveryError } from './transport.ts'
import type { StoredView } from './view-state.ts'
import { checkedView, closeModals, pushModal, updateView } from './views.ts'
import { findMessage } from './workspace.ts'

/** The app's answer to a delivery. */
export type Answer = {
  ok: boolean
  /** The HTTP status; 0 without an answer, 200 for an answer over a socket. */
  status: number
  error?: DeliveryError
  /** The failure line that the person sees; empty on success. */
  shown: string
}

/** The line that a person reads when the app failed. */
function failureLine(subject: string, error: DeliveryError): string {
  switch (error) {
    case 'operation_timeout':
      return `${subject} failed because the app did not respond in time (operation_timeout).`
    case 'dispatch_failed':
      return `${subject} failed because the app could not be reached (dispatch_failed).`
    case 'invalid_answer':
      return `${subject} failed because the app sent an answer that cannot be used (invalid_answer).`
    default:
      return `${subject} failed with the error "${error}".`
  }
}

/** The answer to a delivery; `show` tells the person about a failure. */
export function answerOf(subject: string, ack: Acknowledgement, show: (line: string) => void): Answer {
  if (ack.error === undefined) return { ok: true, status: ack.status, shown: '' }
  const shown = failureLine(subject, ack.error)
  show(shown)
  return { ok: false, status: ack.status, error: ack.error, shown }
}

/**
 * Applies a message-like answer: the body of a command's acknowledgement, or a post to a response URL. Returns the
 * resulting message, if any. Throws Slack's refusal.
 */
export function applyMessageAnswer(
  simulation: Simulation,
  target: ResponseTarget,
  answer: JsonObject,
): SimulatedMessage | undefined {
  const original =
    target.messageTs === undefined ? undefined : findMessage(simulation.workspace, target.channel, target.messageTs)
  if (answer.delete_original === true) {
    if (original !== undefined) remove(simulation, original)
    return undefined
  }
  const content = checkedContent(simulation, answer.text, answer.blocks)
  if (answer.replace_original === true && original !== undefined) {
    edit(simulation, original, content)
    return original
  }
  const isPublic = answer.response_type === 'in_channel'
  return post(simulation, target.channel, content, { ephemeralFor: isPublic ? undefined : target.userId })
}

/** Shows a command's acknowledgement: a text, a message, or nothing when the body is empty. */
export function applyCommandAnswer(
  simulation: Simulation,
  target: ResponseTarget,
  ack: Acknowledgement,
): SimulatedMessage | undefined {
  const answer = isObject(ack.json) ? ack.json : { text: ack.body }
  const isEmpty = answer.text === undefined || answer.text === ''
  if (isEmpty && answer.blocks === undefined) return undefined
  return applyMessageAnswer(simulation, target, answer)
}

/** Applies the answer to a `view_submission`; throws when Slack could not use it. */
export function applySubmissionAnswer(simulation: Simulation, view: StoredView, ack: Acknowledgement): void {
  const answer = isObject(ack.json) ? ack.json : {}
  switch (answer.response_action) {
    case undefined:
      if (ack.body.trim() !== '' && !isObject(ack.json)) throw new SlackError('invalid_answer')
      closeModals(simulation, view.userId, 'top')
      return
    case 'clear':
      closeModals(simulation, view.userId, 'all')
      return
    case 'errors':
      view.errors = checkedErrors(view, answer.errors)
      simulation.recorder.changed()
      return
    case 'update':
      updateView(simulation, view, checkedView(simulation, answer.view, 'modal', view))
      return
    case 'push':
      pushModal(simulation, view.userId, checkedView(simulation, answer.view, 'modal'))
      return
    default:
      throw new SlackError('invalid_answer')
  }
}

/** Errors must be sentences under block ids of input blocks; otherwise Slack fails the submission. */
function checkedErrors(view: StoredView, errors: unknown): Record<string, string> {
  if (!isObject(errors) || Object.keys(errors).length === 0) throw new SlackError('invalid_answer')
  const inputs = new Set(view.definition.blocks.flatMap((block) => (block.type === 'input' ? [block.block_id] : [])))
  const checked: Record<string, string> = {}
  for (const [blockId, text] of Object.entries(errors)) {
    if (!inputs.has(blockId) || typeof text !== 'string' || text === '') throw new SlackError('invalid_answer')
    checked[blockId] = text
  }
  return checked
}

/** Shows the failure of a message's button where the person clicked it. */
export const failureShower =
  (simulation: Simulation, channel: string, userId: string) =>
  (line: string): void =>
    showFailure(simulation, channel, userId, line)

/** Whether the view wants notice of its closing. */
export const wantsClosedNews = (view: StoredView): boolean =>
  view.definition.type === 'modal' && view.definition.notify_on_close === true

/** Whether using this element informs the app at once: buttons, menus outside inputs, and inputs that ask for it. */
export function tellsAtOnce(view: StoredView, blockId: string): boolean {
  const block = view.definition.blocks.find((candidate) => candidate.block_id === blockId)
  if (block === undefined || elementsOf(block).length === 0) return false
  return block.type !== 'input' || block.dispatch_action === true
}
