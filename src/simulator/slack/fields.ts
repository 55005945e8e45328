import { type Block, elementsOf } from './block-kit.ts'
import type { ButtonElement, InteractiveElement, ValueElement } from './block-kit-elements.ts'
import type { StateValue, StoredView } from './view-state.ts'
import { blockText, type Reader } from './visible-text.ts'

/** An element with a value, and the label that people read. */
export type Field = {
  label: string
  blockId: string
  actionId: string
  block: Block
  element: ValueElement
}

/** A button in its block. */
export type FoundButton = { block: Block; element: ButtonElement }

const holdsValue = (element: InteractiveElement): element is ValueElement => element.type !== 'button'

/** All fields in order; an accessory is named by the text of its section. */
export function fieldsOf(blocks: readonly Block[], reader: Reader): Field[] {
  return blocks.flatMap((block) =>
    elementsOf(block)
      .filter(holdsValue)
      .map((element) => ({
        label: labelOf(block, element, reader),
        blockId: block.block_id ?? '',
        actionId: element.action_id ?? '',
        block,
        element,
      })),
  )
}

function labelOf(block: Block, element: ValueElement, reader: Reader): string {
  if (block.type === 'input') return block.label.text
  if (block.type === 'section') return blockText({ ...block, accessory: undefined, block_id: undefined }, reader)
  return 'placeholder' in element ? (element.placeholder?.text ?? '') : ''
}

/** The field with this label, block id, action id or `blockId/actionId`. Throws an Error that lists all fields. */
export function findField(blocks: readonly Block[], name: string, reader: Reader): Field {
  const fields = fieldsOf(blocks, reader)
  const found = fields.filter(({ label, blockId, actionId }) =>
    [label, blockId, actionId, `${blockId}/${actionId}`].includes(name),
  )
  const [first, second] = found
  if (first === undefined) throw new Error(`no field "${name}"; there are: ${listOf(fields.map((f) => f.label))}`)
  if (second !== undefined) throw new Error(`more than one field "${name}"; use its block id`)
  return first
}

/** Selects one of several buttons with the same label. */
export type ButtonChoice = {
  blockId?: string
  value?: string
  /** Words in the button's own block, or in the block before it. */
  near?: string
}

/** The button with this label, accessibility label or action id. Throws an Error that lists all buttons. */
export function findButton(blocks: readonly Block[], name: string, choice: ButtonChoice, reader: Reader): FoundButton {
  const buttons = blocks.flatMap((block, index) =>
    elementsOf(block)
      .filter((element) => element.type === 'button')
      .map((element) => ({ block, element, before: blocks[index - 1] })),
  )
  const found = buttons.filter(
    ({ block, element, before }) =>
      [element.text.text, element.accessibility_label, element.action_id].includes(name) &&
      (choice.blockId === undefined || block.block_id === choice.blockId) &&
      (choice.value === undefined || element.value === choice.value) &&
      (choice.near === undefined || [block, before].some((b) => b && blockText(b, reader).includes(choice.near ?? ''))),
  )
  const [first, second] = found
  if (first === undefined) {
    throw new Error(`no button "${name}"; there are: ${listOf(buttons.map(({ element }) => element.text.text))}`)
  }
  if (second !== undefined) throw new Error(`more than one button "${name}"; say blockId, value or near`)
  return { block: first.block, element: first.element }
}

const listOf = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.map((n) => `"${n}"`).join(', ')

/** The value of the field in this view. */
export const heldBy = (view: StoredView, field: Field): StateValue | undefined =>
  view.values[field.blockId]?.[field.actionId]

/** The errors that Slack's client shows before it sends a form, by block id; empty for a complete form. */
export function incompleteFields(view: StoredView): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const block of view.definition.blocks) {
    if (block.type !== 'input') continue
    const blockId = block.block_id ?? ''
    const problem = problemWith(view.values[blockId]?.[block.element.action_id ?? ''], block)
    if (problem !== undefined) errors[blockId] = problem
  }
  return errors
}

function problemWith(held: StateValue | undefined, block: Extract<Block, { type: 'input' }>): string | undefined {
  const isEmpty = !held?.value && !held?.selected_option && (held?.selected_options ?? []).length === 0
  if (isEmpty) return block.optional ? undefined : 'Please complete this required field.'
  if (block.element.type !== 'plain_text_input') return undefined
  const length = held?.value?.length ?? 0
  const { min_length = 0, max_length = 3000 } = block.element
  if (length < min_length) return `Please enter at least ${min_length} characters.`
  return length > max_length ? `Please enter at most ${max_length} characters.` : undefined
}
