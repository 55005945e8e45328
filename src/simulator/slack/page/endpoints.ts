import type { Hono } from 'hono'
import { z } from 'zod'
import { deliveryMethod } from '../../common/faults.ts'
import { createCommonPage } from '../../page/common.ts'
import type { FaultSwitches } from '../../page/fault-switches.ts'
import { commonFiles, readFiles } from '../../page/files.ts'
import type { PanelSource } from '../../page/panels.ts'
import { type Faults, triggerMethod } from '../faults.ts'
import type { SimulatedPerson } from '../person.ts'
import type { Simulation } from '../simulation.ts'
import { findMessage } from '../workspace.ts'
import { columnFragments } from './fragments.ts'
import { renderShell } from './shell.ts'

/** What the page needs from the simulator. */
export type PageParts = {
  simulation: Simulation
  faults: Faults
  person(id: string): SimulatedPerson
  extraPanels: PanelSource
  /** The only other origin that may show this page in a frame. */
  framedBy: string | undefined
}

const files = new Map([
  ...commonFiles,
  ...readFiles(import.meta.dirname, ['page.js', 'ask.js', 'elements.js', 'blocks.css']),
])

const place = z.union([z.literal('modal'), z.literal('home'), z.object({ channel: z.string(), ts: z.string() })])
const element = { place, block: z.string(), element: z.string() }
const actions = z.discriminatedUnion('do', [
  z.object({ do: z.literal('text'), text: z.string(), place: z.string() }),
  z.object({ do: z.literal('press'), ...element }),
  z.object({ do: z.literal('type'), ...element, text: z.string(), isQuiet: z.boolean() }),
  z.object({ do: z.literal('choose'), ...element, values: z.array(z.string()) }),
  z.object({ do: z.literal('search'), ...element, query: z.string() }),
  z.object({ do: z.literal('submit') }),
  z.object({ do: z.literal('close') }),
  z.object({ do: z.literal('home') }),
])

/** The page and the endpoints of its script. All actions use the same drivers as tests. */
export function createPage(parts: PageParts): Hono {
  const { simulation, extraPanels: panels, framedBy } = parts
  const faults = switchesOf(parts.faults)
  const page = createCommonPage({ files, onChange: simulation.recorder.onChange, panels, faults, framedBy })
  page.get('/', (context) => context.html(renderShell(simulation, panels !== undefined, faults).markup))
  // Where Slack’s links to an app lead: its conversation, which this page shows.
  page.get('/app_redirect', (context) => context.redirect('/', 302))
  page.get('/sim/people/:id', (context) => {
    const user = simulation.workspace.users.get(context.req.param('id'))
    if (user === undefined) return context.notFound()
    return context.json(columnFragments(simulation, user, context.req.query('place') ?? ''))
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

const switchesOf = (faults: Faults): FaultSwitches => ({
  faults,
  methods: ['chat.postMessage', 'chat.update', 'chat.postEphemeral', 'views.open', 'views.update', 'users.info'],
  places: { [deliveryMethod]: 'the next delivery', [triggerMethod]: 'the next dialog' },
  more: { 'expired-trigger': { label: 'Next dialog opens too late', switchOn: () => faults.expireTriggers() } },
})

async function act({ simulation, person }: PageParts, id: string, action: z.infer<typeof actions>): Promise<object> {
  const who = person(id)
  switch (action.do) {
    case 'text':
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
async function typeCommand(who: SimulatedPerson, { text, place }: { text: string; place: string }): Promise<object> {
  const typed = /^(\/\S+)\s*(.*)$/s.exec(text.trim())
  if (typed === null) throw new Error('The app reads commands only: begin with a slash.')
  const [, command = '', words = ''] = typed
  return who.command(words, place === '' || place === 'home' ? { command } : { command, channel: place })
}
