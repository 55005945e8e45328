import { z } from 'zod'
import { complaintsOf } from './block-kit-complaints.ts'
import { type ActionElement, accessory, actionElement, imageElement, inputElement } from './block-kit-elements.ts'
import { richTextPart } from './block-kit-rich-text.ts'
import { anyText, identifier, plainText, webAddress } from './block-kit-text.ts'

// Limits in this file come from the doc comments of @slack/types (blocks.d.ts).

const blockId = identifier.optional()

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id: blockId, text: plainText(150) }),
  z.strictObject({ type: z.literal('divider'), block_id: blockId }),
  z
    .strictObject({
      type: z.literal('section'),
      block_id: blockId,
      text: anyText(3000).optional(),
      fields: z.array(anyText(2000)).min(1).max(10).optional(),
      accessory: accessory.optional(),
      expand: z.boolean().optional(),
    })
    .refine((section) => section.text !== undefined || section.fields !== undefined, {
      message: 'missing required field: text or fields',
    }),
  z.strictObject({
    type: z.literal('context'),
    block_id: blockId,
    elements: z
      .array(z.union([imageElement, anyText(3000)]))
      .min(1)
      .max(10),
  }),
  z.strictObject({ type: z.literal('actions'), block_id: blockId, elements: z.array(actionElement).min(1).max(25) }),
  z.strictObject({
    type: z.literal('input'),
    block_id: blockId,
    label: plainText(2000),
    hint: plainText(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: inputElement,
  }),
  z.strictObject({
    type: z.literal('image'),
    block_id: blockId,
    image_url: webAddress,
    alt_text: z.string().min(1).max(2000),
    title: plainText(2000).optional(),
  }),
  z.strictObject({ type: z.literal('rich_text'), block_id: blockId, elements: z.array(richTextPart).min(1) }),
])

/** A list of blocks with at most `max` entries. */
export const blockList = (max: number) => z.array(block).max(max)
const messageBlocks = z.object({ blocks: blockList(50) })

/** One block of the subset that this simulator knows; it refuses every other kind. */
export type Block = z.infer<typeof block>
/** The block of one kind. */
export type BlockOf<Kind extends Block['type']> = Extract<Block, { type: Kind }>

/** The value, or Slack-like complaints with a JSON pointer to the place. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; complaints: string[] }

/** Checks the blocks of a message (at most 50), and adds missing ids. */
export function parseMessageBlocks(value: unknown, newId: () => string): Parsed<Block[]> {
  const result = messageBlocks.safeParse({ blocks: value })
  if (!result.success) return { ok: false, complaints: complaintsOf(result.error, { blocks: value }) }
  const complaints = complaintsAboutWholes(result.data.blocks, '/blocks')
  if (complaints.length > 0) return { ok: false, complaints }
  return { ok: true, value: withIds(result.data.blocks, newId) }
}

/** Errors that the schema of a single block cannot see: repeated ids, menus without options, two focused fields. */
export function complaintsAboutWholes(blocks: readonly Block[], pointer: string): string[] {
  const complaints: string[] = []
  const complain = (text: string, place: string) => complaints.push(`[ERROR] ${text} [json-pointer:${place}]`)
  const blockIds = new Set<string>()
  let focused = 0
  for (const [index, block] of blocks.entries()) {
    const place = `${pointer}/${index}`
    if (block.block_id !== undefined && blockIds.has(block.block_id)) {
      complain(`block_id already used: ${block.block_id}`, `${place}/block_id`)
    }
    if (block.block_id !== undefined) blockIds.add(block.block_id)
    const actionIds = new Set<string>()
    for (const element of elementsOf(block)) {
      if (element.action_id !== undefined && actionIds.has(element.action_id)) {
        complain(`action_id already used in this block: ${element.action_id}`, place)
      }
      if (element.action_id !== undefined) actionIds.add(element.action_id)
      for (const text of complaintsAboutElement(element)) complain(text, place)
      if ('focus_on_load' in element && element.focus_on_load) focused += 1
    }
  }
  if (focused > 1) complain('only one element may have focus_on_load', pointer)
  return complaints
}

function complaintsAboutElement(element: z.infer<typeof inputElement> | ActionElement): string[] {
  if (element.type === 'plain_text_input') {
    const isUpsideDown = (element.min_length ?? 0) > (element.max_length ?? 3000)
    return isUpsideDown ? ['min_length must not be greater than max_length'] : []
  }
  const most = 'max_selected_items' in element ? element.max_selected_items : undefined
  const given = 'initial_options' in element ? (element.initial_options ?? []) : []
  if (most !== undefined && given.length > most) return ['initial_options must not be more than max_selected_items']
  if (element.type !== 'static_select' && element.type !== 'multi_static_select') return []
  const hasBoth = element.options !== undefined && element.option_groups !== undefined
  const hasNone = element.options === undefined && element.option_groups === undefined
  if (hasBoth || hasNone) return ['exactly one of options and option_groups is required']
  const known = new Set(
    [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((g) => g.options)].map(key),
  )
  const initial = element.type === 'static_select' ? element.initial_option : undefined
  return initial !== undefined && !known.has(key(initial)) ? ['initial_option is not one of the options'] : []
}

const key = (option: { value: string; text: { text: string } }) => JSON.stringify([option.value, option.text.text])

/** The interactive elements of a block, in order of appearance. */
export function elementsOf(block: Block): (ActionElement | z.infer<typeof inputElement>)[] {
  switch (block.type) {
    case 'actions':
      return block.elements
    case 'input':
      return [block.element]
    case 'section':
      return block.accessory === undefined || block.accessory.type === 'image' ? [] : [block.accessory]
    default:
      return []
  }
}

/** The same blocks with a `block_id` on each and an `action_id` on each interactive element. */
export function withIds(blocks: readonly Block[], newId: () => string): Block[] {
  return structuredClone(blocks).map((block) => {
    for (const element of elementsOf(block)) element.action_id ??= newId()
    return { ...block, block_id: block.block_id ?? newId() }
  })
}
