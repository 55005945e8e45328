import { type Html, html } from '../../page/html.ts'
import type { Block, BlockOf } from '../block-kit.ts'
import type { StateValues } from '../view-state.ts'
import type { Reader } from '../visible-text.ts'
import { renderElement } from './render-elements.ts'
import { renderImage, renderRichText, renderText } from './render-inline.ts'

/** The surface on which blocks are drawn. */
export type Surface = {
  reader: Reader
  /** The prefix of element ids, so that ids are unique in the page. */
  prefix: string
  values: StateValues
  errors: Record<string, string>
}

/** Blocks, one below the other. */
export const renderBlocks = (blocks: readonly Block[], surface: Surface): Html =>
  html`${blocks.map((block) => renderBlock(block, surface))}`

function renderBlock(block: Block, surface: Surface): Html {
  const { reader } = surface
  switch (block.type) {
    case 'header':
      return html`<h3 class="block header">${renderText(block.text, reader)}</h3>`
    case 'divider':
      return html`<hr class="block">`
    case 'section':
      return renderSection(block, surface)
    case 'context': {
      const elements = block.elements.map((element) =>
        element.type === 'image' ? renderImage(element) : html`<span>${renderText(element, reader)}</span>`,
      )
      return html`<div class="block context">${elements}</div>`
    }
    case 'actions': {
      const elements = block.elements.map((element) => renderElement(block, element, surface))
      return html`<div class="block actions">${elements}</div>`
    }
    case 'input':
      return renderInput(block, surface)
    case 'image': {
      const title = block.title && html`<figcaption>${renderText(block.title, reader)}</figcaption>`
      return html`<figure class="block">${title}${renderImage(block)}</figure>`
    }
    case 'rich_text':
      return html`<div class="block rich">${block.elements.map((part) => renderRichText(part, reader))}</div>`
    default:
      return block satisfies never
  }
}

function renderSection(block: BlockOf<'section'>, surface: Surface): Html {
  const { reader } = surface
  const text = block.text && html`<div>${renderText(block.text, reader)}</div>`
  const fields = block.fields?.map((field) => html`<div>${renderText(field, reader)}</div>`)
  const body = html`${text}${fields && html`<div class="fields">${fields}</div>`}`
  if (block.accessory === undefined) return html`<div class="block section"><div>${body}</div></div>`
  const accessory =
    block.accessory.type === 'image' ? renderImage(block.accessory) : renderElement(block, block.accessory, surface)
  return html`<div class="block section"><div>${body}</div><div class="accessory">${accessory}</div></div>`
}

/** A field with its label, hint and error, connected for screen readers. */
function renderInput(block: BlockOf<'input'>, surface: Surface): Html {
  const id = `${surface.prefix}-${block.block_id}`
  const error = surface.errors[block.block_id ?? '']
  const hint = block.hint && html`<p class="hint" id="${id}-hint">${block.hint.text}</p>`
  const complaint = error !== undefined && html`<p class="complaint" id="${id}-error">${error}</p>`
  const isGroup = ['checkboxes', 'radio_buttons', 'multi_static_select'].includes(block.element.type)
  const optional = block.optional === true && html` <span class="optional">(optional)</span>`
  const element = renderElement(block, block.element, surface)
  const state = error === undefined ? '' : ' wrong'
  if (isGroup) {
    return html`<fieldset class="block input${state}"><legend>${block.label.text}${optional}</legend>
      ${element}${complaint}${hint}</fieldset>`
  }
  return html`<div class="block input${state}"><label for="${id}-${block.element.action_id}">${block.label.text}${optional}</label>
    ${element}${complaint}${hint}</div>`
}
