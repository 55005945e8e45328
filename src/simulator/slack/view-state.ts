import type { JsonObject } from '../common/json.ts'
import { type Block, elementsOf } from './block-kit.ts'
import type { InteractiveElement, ValueElement } from './block-kit-elements.ts'
import type { MenuOption } from './block-kit-text.ts'
import type { ViewDefinition } from './block-kit-views.ts'
import type { BotIdentity } from './workspace.ts'

/** The value of one element, in the form of `state.values`. */
export type StateValue = {
  type: string
  value?: string | null
  selected_option?: MenuOption | null
  selected_options?: MenuOption[]
}

/** `block_id` → `action_id` → value. */
export type StateValues = Record<string, Record<string, StateValue>>

/** A modal or Home tab of one person. */
export type StoredView = {
  id: string
  userId: string
  definition: ViewDefinition
  hash: string
  rootViewId: string
  previousViewId: string | null
  values: StateValues
  /** The errors beside fields, by `block_id`. */
  errors: Record<string, string>
  /** The line above the buttons when the app failed. */
  trouble: string
}

/** The empty or initial value of an element. */
function initialValue(element: ValueElement): StateValue {
  switch (element.type) {
    case 'plain_text_input':
      return { type: element.type, value: element.initial_value ?? null }
    case 'checkboxes':
    case 'multi_static_select':
    case 'multi_external_select':
      return { type: element.type, selected_options: element.initial_options ?? [] }
    default:
      return { type: element.type, selected_option: element.initial_option ?? null }
  }
}

const holdsValue = (element: InteractiveElement): element is ValueElement => element.type !== 'button'

/** The values of new blocks. Input with the same block id, action id and type is kept, as in Slack's own client. */
export function valuesFor(blocks: readonly Block[], earlier: StateValues = {}): StateValues {
  const values: StateValues = {}
  for (const block of blocks) {
    for (const element of elementsOf(block).filter(holdsValue)) {
      const blockId = block.block_id ?? ''
      const actionId = element.action_id ?? ''
      const kept = earlier[blockId]?.[actionId]
      const value = kept?.type === element.type ? kept : initialValue(element)
      values[blockId] = { ...values[blockId], [actionId]: value }
    }
  }
  return values
}

/** The `view` object of payloads and answers. */
export function viewObject(view: StoredView, team: { id: string }, bot: BotIdentity): JsonObject {
  const { definition } = view
  const isModal = definition.type === 'modal'
  return {
    id: view.id,
    team_id: team.id,
    type: definition.type,
    blocks: structuredClone(definition.blocks),
    private_metadata: definition.private_metadata ?? '',
    callback_id: definition.callback_id ?? '',
    state: { values: structuredClone(view.values) },
    hash: view.hash,
    title: isModal ? definition.title : { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: isModal ? (definition.clear_on_close ?? false) : false,
    notify_on_close: isModal ? (definition.notify_on_close ?? false) : false,
    close: isModal ? (definition.close ?? null) : null,
    submit: isModal ? (definition.submit ?? null) : null,
    previous_view_id: view.previousViewId,
    root_view_id: view.rootViewId,
    app_id: bot.appId,
    external_id: definition.external_id ?? '',
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  }
}
