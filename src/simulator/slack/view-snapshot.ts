import type { Block } from './block-kit.ts'
import { fixedOptions } from './block-kit-elements.ts'
import { type Field, fieldsOf, heldBy } from './fields.ts'
import type { StoredView } from './view-state.ts'
import { type Reader, visibleText } from './visible-text.ts'

/** One field of a modal as a person sees it. */
export type SimulatedField = {
  label: string
  blockId: string
  actionId: string
  type: Field['element']['type']
  /** The text, or the labels of the chosen options; empty without a choice. */
  value: string
  /** The values (not labels) of the chosen options. */
  chosen: string[]
  /** Labels of a fixed menu's options. */
  options: string[]
  hint: string
  placeholder: string
  isOptional: boolean
  /** The error of the app or of Slack, or empty. */
  error: string
}

/** A modal or Home tab as a person sees it at one moment. */
export type SimulatedView = {
  id: string
  callbackId: string
  privateMetadata: string
  hash: string
  title: string
  /** The label of the submit button; `undefined` without one. */
  submit: string | undefined
  close: string | undefined
  blocks: Block[]
  fields: SimulatedField[]
  /** Errors by label. */
  errors: Record<string, string>
  /** A line about a failure of the app, or empty. */
  trouble: string
  /** All visible words of the blocks. */
  text: string
}

/** An immutable picture of the view. */
export function snapshotOf(view: StoredView, reader: Reader): SimulatedView {
  const { definition } = view
  const isModal = definition.type === 'modal'
  const fields = fieldsOf(definition.blocks, reader).map((field) => snapshotOfField(view, field))
  return {
    id: view.id,
    callbackId: definition.callback_id ?? '',
    privateMetadata: definition.private_metadata ?? '',
    hash: view.hash,
    title: isModal ? definition.title.text : '',
    submit: isModal ? definition.submit?.text : undefined,
    close: isModal ? (definition.close?.text ?? 'Cancel') : undefined,
    blocks: structuredClone(definition.blocks),
    fields,
    errors: Object.fromEntries(fields.filter((f) => f.error !== '').map((f) => [f.label, f.error])),
    trouble: view.trouble,
    text: visibleText({ text: '', blocks: definition.blocks }, reader),
  }
}

function snapshotOfField(view: StoredView, field: Field): SimulatedField {
  const { block, element } = field
  const held = heldBy(view, field)
  const chosen = held?.selected_options ?? (held?.selected_option ? [held.selected_option] : [])
  const isInput = block.type === 'input'
  return {
    label: field.label,
    blockId: field.blockId,
    actionId: field.actionId,
    type: element.type,
    value: held?.value ?? chosen.map((option) => option.text.text).join(', '),
    chosen: chosen.map((option) => option.value),
    options: fixedOptions(element).map((option) => option.text.text),
    hint: isInput ? (block.hint?.text ?? '') : '',
    placeholder: 'placeholder' in element ? (element.placeholder?.text ?? '') : '',
    isOptional: !isInput || (block.optional ?? false),
    error: view.errors[field.blockId] ?? '',
  }
}
