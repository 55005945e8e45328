import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { commonFiles, readFiles } from '../page/files.ts'
import { ownPageOnly } from '../page/guard.ts'
import { type PanelSource, renderPanelsOf } from '../page/panels.ts'
import { type Pair, renderSideBySide } from './render.ts'

/** The options of `startSideBySide`. */
export type SideBySideOptions = Pair & {
  /** Both simulators name `http://127.0.0.1:<port>` as the origin that may show them in a frame (`framedBy`). */
  port: number
  panels?: PanelSource
}

/** A page with two chats beside each other. */
export type SideBySide = { url: string; close(): Promise<void> }

const files = new Map([...commonFiles, ...readFiles(import.meta.dirname, ['side-by-side.js', 'side-by-side.css'])])

/** Serves a page on the loopback address that shows one person in each of two simulated chats. */
export async function startSideBySide({ port, panels, ...pair }: SideBySideOptions): Promise<SideBySide> {
  const url = `http://127.0.0.1:${port}`
  const page = new Hono()
  page.use(ownPageOnly({ shows: pair.chats.map(({ url }) => url) }))
  page.get('/', (context) => {
    // The chats let this name of the page show them, and no other.
    if (new URL(context.req.url).host !== new URL(url).host) return context.redirect(url, 302)
    const isTurned = context.req.query('turned') !== undefined
    return context.html(renderSideBySide(pair, isTurned, panels !== undefined).markup)
  })
  page.get('/page/:file', (context) => {
    const file = files.get(context.req.param('file'))
    return file === undefined ? context.notFound() : context.body(file.body, 200, { 'content-type': file.type })
  })
  page.get('/sim/panels', async (context) => context.html((await renderPanelsOf(panels)).markup))
  const server = createServer(getRequestListener(page.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
