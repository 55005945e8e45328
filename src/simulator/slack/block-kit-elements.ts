import { z } from 'zod'
import {
  choiceOption,
  confirmDialog,
  identifier,
  type MenuOption,
  menuOption,
  optionGroup,
  plainText,
  webAddress,
} from './block-kit-text.ts'

// Limits in this file come from the doc comments of @slack/types (block-elements.d.ts).

const actionId = identifier.optional()
const placeholder = plainText(150).optional()
const confirm = confirmDialog.optional()
const focusOnLoad = z.boolean().optional()

/** A push button; with `url` it also opens a page. */
export const button = z.strictObject({
  type: z.literal('button'),
  action_id: actionId,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: webAddress.optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm,
  accessibility_label: z.string().max(75).optional(),
})

const staticMenu = {
  action_id: actionId,
  placeholder,
  options: z.array(menuOption).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
  confirm,
  focus_on_load: focusOnLoad,
}

const externalMenu = {
  action_id: actionId,
  placeholder,
  min_query_length: z.int().min(0).optional(),
  confirm,
  focus_on_load: focusOnLoad,
}

const maxSelected = z.int().min(1).optional()

/** A menu with a fixed list. */
const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...staticMenu,
  initial_option: menuOption.optional(),
})
const multiStaticSelect = z.strictObject({
  type: z.literal('multi_static_select'),
  ...staticMenu,
  initial_options: z.array(menuOption).optional(),
  max_selected_items: maxSelected,
})

/** A menu that asks the app for options while the person types. */
const externalSelect = z.strictObject({
  type: z.literal('external_select'),
  ...externalMenu,
  initial_option: menuOption.optional(),
})
const multiExternalSelect = z.strictObject({
  type: z.literal('multi_external_select'),
  ...externalMenu,
  initial_options: z.array(menuOption).optional(),
  max_selected_items: maxSelected,
})

const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  action_id: actionId,
  options: z.array(choiceOption).min(1).max(10),
  initial_options: z.array(choiceOption).min(1).optional(),
  confirm,
  focus_on_load: focusOnLoad,
})

const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  action_id: actionId,
  options: z.array(choiceOption).min(1).max(10),
  initial_option: choiceOption.optional(),
  confirm,
  focus_on_load: focusOnLoad,
})

const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: actionId,
  placeholder,
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
  dispatch_action_config: z
    .strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).optional() })
    .optional(),
  focus_on_load: focusOnLoad,
})

/** A small picture inside a section or context block. */
export const imageElement = z.strictObject({
  type: z.literal('image'),
  image_url: webAddress,
  alt_text: z.string().min(1).max(2000),
})

const menus = [staticSelect, multiStaticSelect, externalSelect, multiExternalSelect, checkboxes, radioButtons] as const

/** The elements of an `actions` block. */
export const actionElement = z.discriminatedUnion('type', [button, ...menus])
/** The elements beside the text of a section. */
export const accessory = z.discriminatedUnion('type', [button, imageElement, ...menus])
/** The elements of an `input` block. */
export const inputElement = z.discriminatedUnion('type', [plainTextInput, ...menus])

/** A push button. */
export type ButtonElement = z.infer<typeof button>
/** An element of an `actions` block. */
export type ActionElement = z.infer<typeof actionElement>
/** Any element that a person can use. */
export type InteractiveElement = ActionElement | z.infer<typeof inputElement>
/** An element that holds a value: everything interactive except a button. */
export type ValueElement = Exclude<InteractiveElement, { type: 'button' }>

/** All options of a fixed menu, without their groups; empty for other elements. */
export function fixedOptions(element: InteractiveElement): MenuOption[] {
  switch (element.type) {
    case 'static_select':
    case 'multi_static_select':
      return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)]
    case 'checkboxes':
    case 'radio_buttons':
      return element.options
    default:
      return []
  }
}
