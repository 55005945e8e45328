import { type Answer, answerOf, applySubmissionAnswer, tellsAtOnce, wantsClosedNews } from './answers.ts'
import type { MenuOption } from './block-kit-text.ts'
import { chosenValue } from './choosing.ts'
import { type ButtonChoice, type Field, fieldsOf, findButton, findField, incompleteFields } from './fields.ts'
import { actionOf, closedPayload, submissionPayload, viewActions } from './payloads.ts'
import type { ClickAnswer, PersonContext } from './person-context.ts'
import { confirmOf } from './person-context.ts'
import type { DeliveryOptions } from './transport.ts'
import { type SimulatedView, snapshotOf } from './view-snapshot.ts'
import type { StateValue, StoredView } from './view-state.ts'
import { closeModals, topModal } from './views.ts'

/** The result of a submission. */
export type SubmitAnswer = Answer & {
  /** True when this modal has closed. */
  closed: boolean
  /** The errors beside the fields, by label; empty without errors. */
  errors: Record<string, string>
  /** False when Slack's own client refused to send an incomplete form. */
  sent: boolean
}

/** The actions of a person on modals. A field is named by label, block id or action id. */
export type ModalHands = {
  /** The top modal as it is now, or `undefined`. */
  view(): SimulatedView | undefined
  /** Types into a text field. The app learns of it at once only with `dispatch_action`, and not if `isQuiet`. */
  fill(field: string, text: string, how?: { isQuiet?: boolean }): Promise<Answer | undefined>
  /** Types into an external menu and returns what the app offers. */
  typeahead(field: string, query: string): Promise<MenuOption[]>
  /** Chooses by label or value: one option, or several in a multi-select (an empty list clears). */
  pick(field: string, option: string | readonly string[], how?: { query?: string }): Promise<Answer | undefined>
  /** Presses a button inside the modal. */
  clickInView(button: string, choice?: ButtonChoice & DeliveryOptions): Promise<ClickAnswer>
  /** Presses the submit button. */
  submit(options?: DeliveryOptions): Promise<SubmitAnswer>
  /** Presses the close button, or the cross with `all`; undefined when the app does not listen for that. */
  closeView(which?: 'top' | 'all'): Promise<Answer | undefined>
}

/** The modal actions of one person. */
export function createModalHands(context: PersonContext): ModalHands {
  const { simulation } = context
  const open = (): StoredView => {
    const view = topModal(simulation, context.user().id)
    if (view === undefined) throw new Error(`${context.user().realName} has no modal open`)
    return view
  }
  const fieldIn = (view: StoredView, name: string) => findField(view.definition.blocks, name, context.reader())

  /** Sets a value and, where needed, tells the app. */
  const enter = async (view: StoredView, field: Field, value: StateValue, isQuiet = false) => {
    const block = view.values[field.blockId] ?? {}
    view.values[field.blockId] = { ...block, [field.actionId]: value }
    delete view.errors[field.blockId]
    simulation.recorder.changed()
    if (isQuiet || !tellsAtOnce(view, field.blockId)) return undefined
    return sendAction(context, view, actionOf(simulation, field.block, field.element, value))
  }

  return {
    view() {
      const view = topModal(simulation, context.user().id)
      return view === undefined ? undefined : snapshotOf(view, context.reader())
    },
    async fill(name, text, how = {}) {
      const view = open()
      const field = fieldIn(view, name)
      if (field.element.type !== 'plain_text_input') throw new Error(`"${name}" is a menu; use pick`)
      return enter(view, field, { type: field.element.type, value: text === '' ? null : text }, how.isQuiet)
    },
    async typeahead(name, query) {
      const view = open()
      return context.chooser.ask({ view }, fieldIn(view, name), query)
    },
    async pick(name, option, how = {}) {
      const view = open()
      const field = fieldIn(view, name)
      const names = typeof option === 'string' ? [option] : option
      const chosen = await context.chooser.choose({ view }, field, names, how.query)
      return enter(view, field, chosenValue(field, chosen))
    },
    async clickInView(name, choice = {}) {
      const view = open()
      const { block, element } = findButton(view.definition.blocks, name, choice, context.reader())
      const answer = await sendAction(context, view, actionOf(simulation, block, element, undefined), choice)
      return { ...answer, confirm: confirmOf(element), url: element.url }
    },
    async submit(options) {
      const view = open()
      if (view.definition.type !== 'modal' || !view.definition.submit) throw new Error('the modal has no submit button')
      return submit(context, view, options)
    },
    async closeView(which = 'top') {
      const view = open()
      const isWhole = which === 'all' || (view.definition.type === 'modal' && view.definition.clear_on_close === true)
      const gone = closeModals(simulation, view.userId, isWhole ? 'all' : 'top')
      let answer: Answer | undefined
      for (const closed of gone.filter(wantsClosedNews)) {
        const payload = closedPayload(simulation, context.user(), closed, isWhole)
        const ack = await simulation.transport.deliver({ kind: 'interaction', payload })
        answer = answerOf('Closing the form', ack, () => {})
      }
      return answer
    },
  }
}

async function submit(context: PersonContext, view: StoredView, options?: DeliveryOptions): Promise<SubmitAnswer> {
  const { simulation } = context
  const labelled = () => errorsByLabel(view, context)
  view.trouble = ''
  view.errors = incompleteFields(view)
  if (Object.keys(view.errors).length > 0) {
    simulation.recorder.changed()
    return { ok: true, status: 0, shown: '', closed: false, errors: labelled(), sent: false }
  }
  const payload = submissionPayload(simulation, context.user(), view)
  const ack = await simulation.transport.deliver({ kind: 'interaction', payload }, options)
  const answer = settle(context, view, ack)
  const stack = simulation.workspace.modalStacks.get(view.userId) ?? []
  return { ...answer, closed: !stack.includes(view.id), errors: labelled(), sent: true }
}

function settle(context: PersonContext, view: StoredView, ack: Parameters<typeof answerOf>[1]): Answer {
  const show = (line: string) => {
    view.trouble = line
    context.simulation.recorder.changed()
  }
  if (!ack.ok) return answerOf('Sending the form', ack, show)
  try {
    applySubmissionAnswer(context.simulation, view, ack)
    return answerOf('Sending the form', ack, show)
  } catch {
    return answerOf('Sending the form', { ...ack, ok: false, error: 'invalid_answer' }, show)
  }
}

function errorsByLabel(view: StoredView, context: PersonContext): Record<string, string> {
  const fields = fieldsOf(view.definition.blocks, context.reader())
  const named = Object.entries(view.errors).map(([blockId, text]) => {
    const label = fields.find((field) => field.blockId === blockId)?.label ?? blockId
    return [label, text] as const
  })
  return Object.fromEntries(named)
}

/** Sends `block_actions` from a view, which shows a failure. */
export async function sendAction(
  context: PersonContext,
  view: StoredView,
  action: object,
  options?: DeliveryOptions,
): Promise<Answer> {
  const { simulation } = context
  const payload = viewActions(simulation, context.user(), view, { ...action })
  const ack = await simulation.transport.deliver({ kind: 'interaction', payload }, options)
  return answerOf('This action', ack, (line) => {
    view.trouble = line
    simulation.recorder.changed()
  })
}
