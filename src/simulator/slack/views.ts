import type { JsonObject } from '../common/json.ts'
import { maximumViewBytes, parseView, type ViewDefinition } from './block-kit-views.ts'
import type { Simulation } from './simulation.ts'
import { complaintError, SlackError } from './slack-error.ts'
import { type StoredView, valuesFor, viewObject } from './view-state.ts'

/** The most modals in a stack at Slack. */
const maximumStack = 3

/**
 * Checks the app's `view`; throws the SlackError of Slack. `self` is the view that gets this content, and may keep its
 * own external id.
 */
export function checkedView(
  simulation: Simulation,
  value: unknown,
  type: ViewDefinition['type'],
  self?: StoredView,
): ViewDefinition {
  const { ids, workspace } = simulation
  if (value === undefined) throw complaintError('invalid_arguments', ['[ERROR] missing required field: view'])
  if (JSON.stringify(value).length > maximumViewBytes) throw new SlackError('view_too_large')
  const parsed = parseView(value, ids.short)
  if (!parsed.ok) throw complaintError('invalid_arguments', parsed.complaints)
  if (parsed.value.type !== type) {
    throw complaintError('invalid_arguments', [`[ERROR] must be a view of type ${type} [json-pointer:/view/type]`])
  }
  const externalId = parsed.value.external_id
  const isTaken = [...workspace.views.values()].some(
    (view) => view !== self && view.definition.external_id === externalId && isShown(simulation, view),
  )
  if (externalId !== undefined && isTaken) throw new SlackError('duplicate_external_id')
  return parsed.value
}

/** Whether the view is in a modal stack or on a Home tab. */
export function isShown({ workspace }: Simulation, view: StoredView): boolean {
  const stack = workspace.modalStacks.get(view.userId) ?? []
  return stack.includes(view.id) || workspace.homes.get(view.userId) === view.id
}

/** The modal that the person sees, or `undefined`. */
export function topModal({ workspace }: Simulation, userId: string): StoredView | undefined {
  const id = workspace.modalStacks.get(userId)?.at(-1)
  return id === undefined ? undefined : workspace.views.get(id)
}

function createView(
  simulation: Simulation,
  userId: string,
  definition: ViewDefinition,
  below?: StoredView,
): StoredView {
  const id = simulation.ids.next('V')
  const view: StoredView = {
    id,
    userId,
    definition,
    hash: newHash(simulation),
    rootViewId: below?.rootViewId ?? id,
    previousViewId: below?.id ?? null,
    values: valuesFor(definition.blocks),
    errors: {},
    trouble: '',
  }
  simulation.workspace.views.set(id, view)
  return view
}

const newHash = ({ now, ids }: Simulation): string => `${Math.floor(now() / 1000)}.${ids.secret().slice(0, 8)}`

/** Opens a modal and closes an open one. */
export function openModal(simulation: Simulation, userId: string, definition: ViewDefinition): StoredView {
  const view = createView(simulation, userId, definition)
  simulation.workspace.modalStacks.set(userId, [view.id])
  simulation.recorder.changed()
  return view
}

/** Puts a modal on top of the open one. */
export function pushModal(simulation: Simulation, userId: string, definition: ViewDefinition): StoredView {
  const stack = simulation.workspace.modalStacks.get(userId) ?? []
  const below = topModal(simulation, userId)
  if (below === undefined) throw new SlackError('not_found')
  if (stack.length >= maximumStack) throw new SlackError('push_limit_reached')
  const view = createView(simulation, userId, definition, below)
  simulation.workspace.modalStacks.set(userId, [...stack, view.id])
  simulation.recorder.changed()
  return view
}

/** Gives an open view new content; `hash`, if given, must be the current one. */
export function updateView(
  simulation: Simulation,
  view: StoredView,
  definition: ViewDefinition,
  hash?: string,
): StoredView {
  if (hash !== undefined && hash !== view.hash) throw new SlackError('hash_conflict')
  view.values = valuesFor(definition.blocks, view.values)
  view.definition = definition
  view.hash = newHash(simulation)
  view.errors = {}
  view.trouble = ''
  simulation.recorder.changed()
  return view
}

/** Shows the Home tab of a person. */
export function publishHome(
  simulation: Simulation,
  userId: string,
  definition: ViewDefinition,
  hash?: string,
): StoredView {
  const id = simulation.workspace.homes.get(userId)
  const current = id === undefined ? undefined : simulation.workspace.views.get(id)
  if (current !== undefined) return updateView(simulation, current, definition, hash)
  const view = createView(simulation, userId, definition)
  simulation.workspace.homes.set(userId, view.id)
  simulation.recorder.changed()
  return view
}

/** Closes the visible modal or all of them. Returns the closed ones, the visible one first. */
export function closeModals(simulation: Simulation, userId: string, which: 'top' | 'all'): StoredView[] {
  const { workspace, recorder } = simulation
  const stack = workspace.modalStacks.get(userId) ?? []
  const gone = which === 'all' ? stack : stack.slice(-1)
  workspace.modalStacks.set(userId, which === 'all' ? [] : stack.slice(0, -1))
  recorder.changed()
  return [...gone].reverse().flatMap((id) => workspace.views.get(id) ?? [])
}

/** The `view` object of a stored view in this workspace. */
export const shownView = ({ workspace }: Simulation, view: StoredView): JsonObject =>
  viewObject(view, workspace.team, workspace.bot)
