import type { Hono } from 'hono'
import { z } from 'zod'
import { type CommonFaults, deliveryMethod, type FaultKind } from '../../common/faults.ts'
import { createCommonPage } from '../../page/common.ts'
import type { FaultSwitches } from '../../page/fault-switches.ts'
import { commonFiles, readFiles } from '../../page/files.ts'
import type { PanelSource } from '../../page/panels.ts'
import type { TeamsHands } from '../person.ts'
import type { Simulation } from '../simulation.ts'
import { columnFragments } from './fragments.ts'
import { cardLibrary } from './library.ts'
import { renderShell } from './shell.ts'
import { useCard } from './use-card.ts'

/** What the page needs from the simulator. */
export type PageParts = {
  simulation: Simulation
  faults: CommonFaults<FaultKind>
  person(oid: string): TeamsHands
  /** The name of the company, for the page's title. */
  company: string
  /** Messages that people may want to type. */
  suggestions: readonly string[]
  panels: PanelSource
  /** The only other origin that may show this page in a frame. */
  framedBy: string | undefined
}

const values = z.record(z.string(), z.string())
const card = { message: z.string(), conversation: z.string() }
const actions = z.discriminatedUnion('do', [
  z.object({ do: z.literal('text'), text: z.string(), place: z.string() }),
  z.object({ do: z.literal('look'), place: z.string() }),
  z.object({ do: z.literal('close') }),
  z.object({ do: z.literal('press'), ...card, button: z.number(), values }),
  z.object({ do: z.literal('typeahead'), ...card, field: z.string(), typed: z.string(), values }),
  z.object({ do: z.literal('refresh'), ...card }),
  z.object({ do: z.literal('extension'), ...card, command: z.string() }),
  z.object({ do: z.literal('find'), conversation: z.string(), command: z.string(), text: z.string() }),
])

/** What the page’s script sends; `message` is empty for the open dialog, and for what starts at the composer. */
export type PageAction = z.infer<typeof actions>

const files = () =>
  new Map([
    ...commonFiles,
    ...readFiles(import.meta.dirname, [
      ...['page.js', 'cards.js', 'filtered-choices.js', 'host-config.js', 'markdown.js', 'menus.js', 'finding.js'],
      ...['teams.css', 'cards.css'],
    ]),
    cardLibrary(),
  ])

/** The page and the endpoints of its script. All actions use the same drivers as tests. */
export function createPage(parts: PageParts): Hono {
  const { simulation, panels, framedBy } = parts
  const faults = switchesOf(parts.faults)
  const page = createCommonPage({ files: files(), onChange: simulation.recorder.onChange, panels, faults, framedBy })
  const { company, suggestions } = parts
  page.get('/', (context) =>
    context.html(renderShell({ simulation, company, suggestions, hasPanels: panels !== undefined, faults }).markup),
  )
  page.get('/sim/people/:id', (context) => {
    const person = simulation.tenant.people.get(context.req.param('id'))
    if (person === undefined) return context.notFound()
    return context.json(columnFragments(simulation, person, context.req.query('place') ?? ''))
  })
  page.post('/sim/people/:id', async (context) => {
    const action = actions.safeParse(await context.req.json())
    if (!action.success) return context.json({ error: 'not an action of the page' }, 400)
    try {
      const answer = await useCard(simulation, parts.person(context.req.param('id')), action.data)
      return context.json({ ...answer, revision: simulation.recorder.revision() })
    } catch (error) {
      return context.json({ error: error instanceof Error ? error.message : 'failed' }, 409)
    }
  })
  return page
}

const switchesOf = (faults: PageParts['faults']): FaultSwitches => ({
  faults,
  methods: ['sendToConversation', 'updateActivity', 'createConversation', 'token'],
  places: { [deliveryMethod]: 'the next delivery' },
})
