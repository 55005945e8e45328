import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { type FaultSwitches, renderPendingFaults, switchFault } from './fault-switches.ts'
import type { PageFile } from './files.ts'
import { ownPageOnly } from './guard.ts'
import { type PanelSource, renderPanelsOf } from './panels.ts'

/** What a page of a simulated chat shares with the others. */
export type CommonParts = {
  files: ReadonlyMap<string, PageFile>
  /** Tells of each visible change; returns how to stop that. */
  onChange(listener: () => void): () => void
  panels: PanelSource
  faults: FaultSwitches
  /** The only other origin that may show this page in a frame. */
  framedBy?: string | undefined
}

/** The page's protection, files, news, panels and faults. */
export function createCommonPage({ files, onChange, panels, faults, framedBy }: CommonParts): Hono {
  const page = new Hono()
  page.use(ownPageOnly({ framedBy }))
  page.get('/page/:file', (context) => {
    const file = files.get(context.req.param('file'))
    return file === undefined ? context.notFound() : context.body(file.body, 200, { 'content-type': file.type })
  })
  page.get('/sim/changes', (context) => streamChanges(context, onChange))
  page.get('/sim/panels', async (context) => context.html((await renderPanelsOf(panels)).markup))
  page.get('/sim/faults', (context) => context.html(renderPendingFaults(faults).markup))
  page.post('/sim/faults', async (context) => {
    const isSwitched = switchFault(faults, await context.req.json())
    return isSwitched ? context.json({ ok: true }) : context.json({ error: 'not a fault of the page' }, 400)
  })
  return page
}

/** One event per change, for as long as the page is open. */
const streamChanges = (context: Context, onChange: CommonParts['onChange']): Response =>
  streamSSE(context, async (stream) => {
    await stream.writeSSE({ data: 'hello' })
    const stop = onChange(() => void stream.writeSSE({ data: 'change' }))
    await new Promise<void>((resolve) => stream.onAbort(resolve))
    stop()
  })
