import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Faults } from '../slack/faults.ts'
import type { Panel } from '../slack/options.ts'
import type { SimulatedPerson } from '../slack/person.ts'
import type { Simulation } from '../slack/simulation.ts'
import { findMessage } from '../slack/workspace.ts'
import { pageFiles } from './files.ts'
import { columnFragments, renderFaults, renderPanels } from './fragments.ts'
import { ownPageOnly } from './guard.ts'
import { renderShell } from './shell.ts'

/** What the page needs from the simulator. */
export type PageParts = {
  simulation: Simulation
  faults: Faults
  person(id: string): SimulatedPerson
  extraPanels: (() => Promise<readonly Panel[]>) | undefined
}

const place = z.union([z.literal('modal'), z.literal('home'), z.object({ channel: z.string(), ts: z.string() })])
const element = { place, block: z.string(), element: z.string() }
const actions = z.discriminatedUnion('do', [
  z.object({ do: z.literal('command'), text: z.string(), channel: z.string() }),
  z.object({ do: z.literal('press'), ...element }),
  z.object({ do: z.literal('type'), ...element, text: z.string(), isQuiet: z.boolean() }),
  z.object({ do: z.literal('choose'), ...element, values: z.array(z.string()) }),
  z.object({ do: z.literal('search'), ...element, query: z.string() }),
  z.object({ do: z.literal('submit') }),
  z.object({ do: z.literal('close') }),
  z.object({ do: z.literal('home') }),
])

const faultSwitch = z.object({
  kind: z.enum([
    'rate-limit',
    'server-error',
    'drop',
    'lose-answer',
    'hang',
    'expired-trigger',
    'drop-delivery',
    'clear',
  ]),
  method: z.string().default('*'),
  times: z.coerce.number().int().min(1).max(20).default(1),
})

/** The page and the endpoints of its script. All actions use the same drivers as tests. */
export function createPage(parts: PageParts): Hono {
  const { simulation, faults } = parts
  const page = new Hono()
  page.use(ownPageOnly)
  page.get('/', (context) => context.html(renderShell(simulation, parts.extraPanels !== undefined).markup))
  // Where Slack’s links to an app lead: its conversation, which this page shows.
  page.get('/app_redirect', (context) => context.redirect('/', 302))
  page.get('/page/:file', (context) => {
    const file = pageFiles.get(context.req.param('file'))
    return file === undefined ? context.notFound() : context.body(file.body, 200, { 'content-type': file.type })
  })
  page.get('/sim/changes', (context) => streamChanges(context, simulation))
  page.get('/sim/people/:id', (context) => {
    const user = simulation.workspace.users.get(context.req.param('id'))
    if (user === undefined) return context.notFound()
    return context.json(columnFragments(simulation, user, context.req.query('place') ?? ''))
  })
  page.get('/sim/panels', async (context) => context.html(renderPanels(await panelsOf(parts)).markup))
  page.get('/sim/faults', (context) => context.html(renderFaults(faults.pending()).markup))
  page.post('/sim/faults', async (context) => {
    const wanted = faultSwitch.safeParse(await context.req.json())
    if (!wanted.success) return context.json({ error: 'not a fault of the page' }, 400)
    switchFault(faults, wanted.data)
    return context.json({ ok: true })
  })
  page.post('/sim/people/:id', async (context) => {
    const action = actions.safeParse(await context.req.json())
    if (!action.success) return context.json({ error: 'not an action of the page' }, 400)
    try {
      const answer = await act(parts, context.req.param('id'), action.data)
      return context.json({ ...answer, revision: simulation.recorder.revision() })
    } catch (error) {
      return context.json({ error: error instanceof Error ? error.message : 'failed' }, 409)
    }
  })
  return page
}

/** The caller's panels. Their source may be away for a while. */
async function panelsOf({ extraPanels }: PageParts): Promise<readonly Panel[]> {
  try {
    return (await extraPanels?.()) ?? []
  } catch (error) {
    return [{ title: 'Not available now', rows: [], note: error instanceof Error ? error.message : '' }]
  }
}

/** One event per change, for as long as the page is open. */
const streamChanges = (context: Context, { recorder }: Simulation): Response =>
  streamSSE(context, async (stream) => {
    await stream.writeSSE({ data: 'hello' })
    const stop = recorder.onChange(() => void stream.writeSSE({ data: 'change' }))
    await new Promise<void>((resolve) => stream.onAbort(resolve))
    stop()
  })

function switchFault(faults: Faults, { kind, method, times }: z.infer<typeof faultSwitch>): void {
  const switches: Record<typeof kind, () => void> = {
    'rate-limit': () => faults.rateLimit(method, { times }),
    'server-error': () => faults.serverError(method, times),
    drop: () => faults.drop(method, times),
    'lose-answer': () => faults.loseAnswer(method, times),
    hang: () => faults.hang(method, times),
    'expired-trigger': () => faults.expireTriggers(times),
    'drop-delivery': () => faults.dropDeliveries(times),
    clear: faults.clear,
  }
  switches[kind]()
}

async function act({ simulation, person }: PageParts, id: string, action: z.infer<typeof actions>): Promise<object> {
  const who = person(id)
  switch (action.do) {
    case 'command':
      return typeCommand(who, action)
    case 'submit':
      return who.submit()
    case 'close':
      return (await who.closeView()) ?? { ok: true }
    case 'home':
      return who.openHome()
    case 'type':
      return (
        (await who.fill(`${action.block}/${action.element}`, action.text, { isQuiet: action.isQuiet })) ?? { ok: true }
      )
    default:
      return use(simulation, who, action)
  }
}

type ElementAction = Extract<z.infer<typeof actions>, { do: 'press' | 'choose' | 'search' }>

/** Uses an element of a modal, of the Home tab or of a message. */
async function use(simulation: Simulation, who: SimulatedPerson, action: ElementAction): Promise<object> {
  const field = `${action.block}/${action.element}`
  const button = { blockId: action.block }
  if (action.place === 'modal') {
    if (action.do === 'press') return who.clickInView(action.element, button)
    if (action.do === 'search') return { options: await who.typeahead(field, action.query) }
    return (await who.pick(field, action.values)) ?? { ok: true }
  }
  if (action.place === 'home') {
    if (action.do === 'press') return who.clickInHome(action.element, button)
    throw new Error('the simulator knows only buttons on the Home tab')
  }
  const message = findMessage(simulation.workspace, action.place.channel, action.place.ts)
  if (message === undefined) throw new Error('the message is gone')
  if (action.do === 'press') return who.click(message, action.element, button)
  if (action.do === 'search') return { options: await who.typeaheadIn(message, field, action.query) }
  return who.pickIn(message, field, action.values)
}

/** Sends `/command words`; the app ignores other typed text. */
async function typeCommand(
  who: SimulatedPerson,
  { text, channel }: { text: string; channel: string },
): Promise<object> {
  const typed = /^(\/\S+)\s*(.*)$/s.exec(text.trim())
  if (typed === null) throw new Error('The app reads commands only: begin with a slash.')
  const [, command = '', words = ''] = typed
  return who.command(words, channel === '' || channel === 'home' ? { command } : { command, channel })
}
