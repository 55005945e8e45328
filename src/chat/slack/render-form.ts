import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types'
import { clean, cleanLine, cutEnd } from '../../domain/clean.ts'
import { distinct } from '../../views/distinct.ts'
import type { FormView, Input, Option } from '../../views/view-model.ts'
import { elementId, encodeField, encodeForm } from '../conversation/codec.ts'
import { limits } from './limits.ts'
import { actionBlocks, capped, codeBlocks, fieldBlocks, quoteBlock, section } from './render.ts'
import { plain } from './text.ts'

/** Renders a dialog. It keeps `conversation`, for later private answers there. */
export const toModal = (view: FormView, tenant: string, conversation?: string): ModalView => {
  const blocks: KnownBlock[] = [
    ...fieldBlocks(view.fields ?? [], tenant),
    ...(view.quotes ?? []).map(quoteBlock),
    ...view.notes.map((note) => section(note, tenant)),
    ...view.inputs.flatMap((input) => [...errorBlocks(input, tenant), inputBlock(input)]),
    ...codeBlocks(view.code ?? []),
  ]
  return {
    type: 'modal',
    title: plain(view.title, limits.viewTitle),
    close: plain(view.close ?? (view.submit ? 'Cancel' : 'Close'), limits.viewTitle),
    ...(view.submit && {
      callback_id: view.submit.command.form,
      submit: plain(view.submit.label, limits.viewTitle),
      private_metadata: encodeForm({ command: view.submit.command, conversation }),
    }),
    blocks: capped(blocks, actionBlocks(view.actions), limits.viewBlocks),
  }
}

/** Slack shows errors of its own only in the answer to a sent form; this one comes later, above its input. */
const errorBlocks = ({ error }: Input, tenant: string): KnownBlock[] =>
  error === undefined ? [] : [section([`⚠ ${error}`], tenant)]

const inputBlock = (input: Input): InputBlock => ({
  type: 'input',
  // Slack forgets a choice when the block id changes, as it must when the options differ.
  block_id: encodeField({ name: input.name, scope: 'scope' in input ? input.scope : undefined }),
  label: plain(input.label, limits.label),
  ...(input.hint && { hint: plain(input.hint, limits.label) }),
  ...('reloads' in input && input.reloads && { dispatch_action: true }),
  ...('min' in input && input.min === 0 && { optional: true }),
  element: element(input),
})

const element = (input: Input): InputBlock['element'] => {
  switch (input.kind) {
    case 'paragraph':
      return {
        type: 'plain_text_input',
        action_id: elementId.field,
        multiline: input.isLine !== true,
        min_length: input.min,
        max_length: input.max,
        ...(input.value && { initial_value: cutEnd(clean(input.value), input.max) }),
        ...(input.placeholder && { placeholder: plain(input.placeholder, limits.placeholder) }),
      }
    case 'select': {
      const options = toOptions(input.options)
      const chosen = options.find(({ value }) => value === input.value)
      return { type: 'static_select', action_id: elementId.field, options, ...(chosen && { initial_option: chosen }) }
    }
    case 'typeahead':
      return {
        type: 'multi_external_select',
        action_id: elementId.field,
        min_query_length: 0,
        max_selected_items: input.most,
        ...(input.values.length > 0 && { initial_options: toOptions(input.values.slice(0, input.most)) }),
        ...(input.placeholder && { placeholder: plain(input.placeholder, limits.placeholder) }),
      }
    default:
      return input satisfies never
  }
}

/** The entries of a menu, no two looking the same; the hint of a cut entry shows the full path. */
export const toOptions = (options: readonly Option[]): (PlainTextOption & { value: string })[] => {
  const shown = options.slice(0, limits.options)
  const lines = shown.map(({ label }) => cleanLine(label) || ' ')
  const texts = distinct(lines, limits.option)
  return shown.map(({ value, hint }, index) => {
    const [line, text] = [lines[index] ?? ' ', texts[index] ?? ' ']
    const description = line === text ? hint : [hint, line].filter((part) => part !== undefined).join(': ')
    return {
      text: { type: 'plain_text', text, emoji: false },
      value: cutEnd(value, limits.option),
      ...(description && { description: plain(description, limits.option) }),
    }
  })
}
