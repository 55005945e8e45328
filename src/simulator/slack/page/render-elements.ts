import { type Html, html } from '../../page/html.ts'
import { type Block, elementsOf } from '../block-kit.ts'
import type { ButtonElement, InteractiveElement, ValueElement } from '../block-kit-elements.ts'
import { fixedOptions } from '../block-kit-elements.ts'
import type { MenuOption } from '../block-kit-text.ts'
import { minimumQuery } from '../choosing.ts'
import { textOfObject } from '../visible-text.ts'
import type { Surface } from './render-blocks.ts'
import { renderText } from './render-inline.ts'

/** A button, menu or field. Its `data-` attributes tell the page's script which element was used. */
export function renderElement(block: Block, element: InteractiveElement, surface: Surface): Html {
  const attributes = attributesOf(block, element, surface)
  if (element.type === 'button') return renderButton(element, attributes, surface)
  const held = surface.values[attributes.blockId]?.[attributes.actionId]
  const chosen = held?.selected_options ?? (held?.selected_option ? [held.selected_option] : [])
  switch (element.type) {
    case 'plain_text_input':
      return renderTextInput(element, attributes, held?.value ?? '')
    case 'static_select':
      return renderMenu(element, attributes, chosen)
    case 'external_select':
    case 'multi_external_select':
      return renderTypeahead(element, attributes, chosen)
    default:
      return renderChoices(element, attributes, chosen, surface)
  }
}

type Attributes = { id: string; blockId: string; actionId: string; label: string; described: Html; isRequired: boolean }

function attributesOf(block: Block, element: InteractiveElement, { prefix, errors }: Surface): Attributes {
  const blockId = block.block_id ?? ''
  const actionId = element.action_id ?? ''
  const isInput = block.type === 'input'
  const hasError = errors[blockId] !== undefined
  const described = [
    ...(hasError ? [`${prefix}-${blockId}-error`] : []),
    ...(isInput && block.hint !== undefined ? [`${prefix}-${blockId}-hint`] : []),
  ].join(' ')
  return {
    id: `${prefix}-${blockId}-${actionId}`,
    blockId,
    actionId,
    label: isInput ? '' : labelBeside(block, element),
    described: html`${described !== '' && html` aria-describedby="${described}"`}${hasError && html` aria-invalid="true"`}`,
    isRequired: isInput && block.optional !== true,
  }
}

/** The name of a menu without its own label: its placeholder or the text of its section. */
function labelBeside(block: Block, element: InteractiveElement): string {
  if ('placeholder' in element && element.placeholder !== undefined) return element.placeholder.text
  return block.type === 'section' ? (block.text?.text ?? '') : `Choice ${elementsOf(block).indexOf(element) + 1}`
}

const data = (attributes: Attributes): Html =>
  html`data-block="${attributes.blockId}" data-element="${attributes.actionId}"`
const named = (attributes: Attributes): Html =>
  html`${attributes.label !== '' && html` aria-label="${attributes.label}"`}${attributes.described}`

function renderButton(element: ButtonElement, attributes: Attributes, surface: Surface): Html {
  const classes = `button ${element.style ?? 'plain'}`
  const label = element.accessibility_label
  const aria = label !== undefined && html` aria-label="${label}"`
  const isLink = element.url !== undefined && /^https?:\/\//i.test(element.url)
  const text = element.text.text
  if (isLink) {
    return html`<a class="${classes}" id="${attributes.id}" href="${element.url}" target="_blank" rel="noopener noreferrer"
      data-do="press" ${data(attributes)}${aria}>${text}<span class="hidden-text"> (opens in a new tab)</span></a>`
  }
  const { confirm } = element
  const dialog =
    confirm &&
    html`<template class="confirm" data-title="${confirm.title?.text ?? 'Are you sure?'}"
    data-yes="${confirm.confirm?.text ?? 'Yes'}" data-no="${confirm.deny?.text ?? 'Cancel'}"
    data-style="${confirm.style ?? 'primary'}">${renderText(confirm.text, surface.reader)}</template>`
  return html`<button type="button" class="${classes}" id="${attributes.id}" data-do="press" ${data(attributes)}${aria}>${text}</button>${dialog}`
}

function renderTextInput(
  element: Extract<ValueElement, { type: 'plain_text_input' }>,
  attributes: Attributes,
  value: string,
): Html {
  const common = html`id="${attributes.id}" data-do="type" ${data(attributes)}${named(attributes)} placeholder="${element.placeholder?.text}"
    ${element.max_length !== undefined && html`maxlength="${element.max_length}"`}
    ${element.focus_on_load && html`data-focus`} ${attributes.isRequired && html`aria-required="true"`} autocomplete="off"`
  if (element.multiline) return html`<textarea rows="3" ${common}>${value}</textarea>`
  return html`<input type="text" value="${value}" ${common}>`
}

function renderMenu(
  element: Extract<ValueElement, { type: 'static_select' }>,
  attributes: Attributes,
  chosen: readonly MenuOption[],
): Html {
  const option = (entry: MenuOption) =>
    html`<option value="${entry.value}"${chosen[0]?.value === entry.value && html` selected`}>${entry.text.text}</option>`
  const groups = element.option_groups?.map(
    (group) => html`<optgroup label="${group.label.text}">${group.options.map(option)}</optgroup>`,
  )
  return html`<select id="${attributes.id}" data-do="choose" ${data(attributes)}${named(attributes)}
    ${element.focus_on_load && html`data-focus`} ${attributes.isRequired && html`aria-required="true"`}>
    <option value="">${element.placeholder?.text ?? 'Choose an option'}</option>${groups ?? element.options?.map(option)}</select>`
}

/** A text box with a list below it, which the script fills while the person types. */
function renderTypeahead(
  element: Extract<ValueElement, { type: 'external_select' | 'multi_external_select' }>,
  attributes: Attributes,
  chosen: readonly MenuOption[],
): Html {
  const isMany = element.type === 'multi_external_select'
  const chips = isMany
    ? chosen.map(
        (entry) => html`<button type="button" class="chip" data-do="unchoose" data-value="${entry.value}"
        ${data(attributes)}>${entry.text.text}<span aria-hidden="true"> ×</span><span class="hidden-text">, remove</span></button>`,
      )
    : []
  const shown = isMany ? '' : (chosen[0]?.text.text ?? '')
  return html`<div class="typeahead">${isMany && html`<div class="chips">${chips}</div>`}
    <input type="text" role="combobox" id="${attributes.id}" data-do="search" ${data(attributes)}${named(attributes)}
      aria-expanded="false" aria-autocomplete="list" aria-controls="${attributes.id}-list" autocomplete="off" spellcheck="false"
      data-minimum="${minimumQuery(element)}" data-chosen="${JSON.stringify(chosen.map((entry) => entry.value))}"
      ${isMany && html`data-many`} ${element.focus_on_load && html`data-focus`} ${attributes.isRequired && html`aria-required="true"`}
      placeholder="${element.placeholder?.text ?? 'Search'}" value="${shown}">
    <ul role="listbox" id="${attributes.id}-list" aria-label="${element.placeholder?.text ?? 'Options'}" hidden></ul></div>`
}

/** Checkboxes or radio buttons. */
function renderChoices(
  element: Extract<ValueElement, { type: 'checkboxes' | 'radio_buttons' | 'multi_static_select' }>,
  attributes: Attributes,
  chosen: readonly MenuOption[],
  { reader }: Surface,
): Html {
  const kind = element.type === 'radio_buttons' ? 'radio' : 'checkbox'
  const values = new Set(chosen.map((option) => option.value))
  const options = fixedOptions(element).map(
    (
      option,
      index,
    ) => html`<label class="choice"><input type="${kind}" name="${attributes.id}" id="${attributes.id}-${index}"
      value="${option.value}" data-do="tick" ${data(attributes)}${attributes.described}${values.has(option.value) && html` checked`}>
      <span>${renderText(option.text, reader)}${
        option.description && html`<small>${textOfObject(option.description, reader)}</small>`
      }</span></label>`,
  )
  return html`<div class="choices">${options}</div>`
}
