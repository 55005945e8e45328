import type { JsonObject } from '../common/json.ts'
import { optionalText, requiredText } from './api-arguments.ts'
import type { Method } from './api-methods.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'
import type { StoredView } from './view-state.ts'
import { checkedView, isShown, openModal, publishHome, pushModal, shownView, updateView } from './views.ts'

const open: Method = (simulation, args) => {
  const triggerId = requiredText(args, 'trigger_id')
  const definition = checkedView(simulation, args.view, 'modal')
  const userId = simulation.triggers.exchange(triggerId)
  return { view: shownView(simulation, openModal(simulation, userId, definition)) }
}

const push: Method = (simulation, args) => {
  const triggerId = requiredText(args, 'trigger_id')
  const definition = checkedView(simulation, args.view, 'modal')
  const userId = simulation.triggers.exchange(triggerId)
  return { view: shownView(simulation, pushModal(simulation, userId, definition)) }
}

const update: Method = (simulation, args) => {
  const view = namedView(simulation, args)
  const definition = checkedView(simulation, args.view, view.definition.type, view)
  return { view: shownView(simulation, updateView(simulation, view, definition, optionalText(args, 'hash'))) }
}

const publish: Method = (simulation, args) => {
  const userId = requiredText(args, 'user_id')
  const user = simulation.workspace.users.get(userId)
  if (user === undefined || user.isBot) throw new SlackError('user_not_found')
  const definition = checkedView(simulation, args.view, 'home')
  return { view: shownView(simulation, publishHome(simulation, userId, definition, optionalText(args, 'hash'))) }
}

function namedView(simulation: Simulation, args: JsonObject): StoredView {
  const viewId = optionalText(args, 'view_id')
  const externalId = optionalText(args, 'external_id')
  if (viewId === undefined && externalId === undefined) requiredText(args, 'view_id')
  const view = [...simulation.workspace.views.values()].find((candidate) =>
    viewId === undefined ? candidate.definition.external_id === externalId : candidate.id === viewId,
  )
  if (view === undefined || !isShown(simulation, view)) throw new SlackError('not_found')
  return view
}

/** The `views.*` methods. */
export const viewMethods = {
  'views.open': { scopes: [], run: open },
  'views.push': { scopes: [], run: push },
  'views.update': { scopes: [], run: update },
  'views.publish': { scopes: [], run: publish },
}
