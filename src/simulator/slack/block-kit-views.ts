import { z } from 'zod'
import { type Block, blockList, complaintsAboutWholes, type Parsed, withIds } from './block-kit.ts'
import { complaintsOf } from './block-kit-complaints.ts'
import { plainText } from './block-kit-text.ts'

// Limits in this file come from the doc comments of @slack/types (views.d.ts).

const common = {
  blocks: blockList(100),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
}

const modal = z.strictObject({
  type: z.literal('modal'),
  ...common,
  title: plainText(24),
  submit: plainText(24).nullish(),
  close: plainText(24).nullish(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  submit_disabled: z.boolean().optional(),
})
const home = z.strictObject({ type: z.literal('home'), ...common })
const viewArgument = z.object({ view: z.discriminatedUnion('type', [modal, home]) })

/** The `view` that an app sends: a modal or a Home tab. */
export type ViewDefinition = z.infer<typeof modal> | z.infer<typeof home>

/** The largest view in bytes of JSON; Slack answers `view_too_large` above it. */
export const maximumViewBytes = 250_000

/** Checks a view against every limit, and adds missing ids of blocks and elements. */
export function parseView(value: unknown, newId: () => string): Parsed<ViewDefinition> {
  const result = viewArgument.safeParse({ view: value })
  if (!result.success) return { ok: false, complaints: complaintsOf(result.error, { view: value }) }
  const { view } = result.data
  const complaints = [...complaintsAboutWholes(view.blocks, '/view/blocks'), ...complaintsAboutSubmit(view)]
  if (complaints.length > 0) return { ok: false, complaints }
  return { ok: true, value: { ...view, blocks: withIds(view.blocks, newId) } }
}

function complaintsAboutSubmit(view: ViewDefinition): string[] {
  const hasInput = view.blocks.some((block: Block) => block.type === 'input')
  const isMissing = view.type === 'modal' && hasInput && !view.submit
  return isMissing
    ? ['[ERROR] missing required field: submit, because of an input block [json-pointer:/view/submit]']
    : []
}
