import type { JsonObject } from '../common/json.ts'
import type { Block } from './block-kit.ts'
import type { InteractiveElement } from './block-kit-elements.ts'
import { messageObject, type SimulatedMessage } from './messages.ts'
import type { SimulatedUser } from './people.ts'
import type { Simulation } from './simulation.ts'
import { type StateValue, type StoredView, valuesFor } from './view-state.ts'
import { shownView } from './views.ts'
import type { Conversation } from './workspace.ts'

// The shapes follow the types of @slack/bolt (types/actions, view, options, command, shortcuts).

const verificationToken = 'simulated-verification-token'

function common({ workspace }: Simulation): JsonObject {
  const { id, domain, name, enterpriseId } = workspace.team
  const enterprise = enterpriseId === undefined ? null : { id: enterpriseId, name }
  return {
    token: verificationToken,
    api_app_id: workspace.bot.appId,
    team: { id, domain, ...(enterpriseId === undefined ? {} : { enterprise_id: enterpriseId, enterprise_name: name }) },
    ...(enterprise === null ? {} : { enterprise }),
    is_enterprise_install: false,
  }
}

const userOf = ({ workspace }: Simulation, user: SimulatedUser): JsonObject => ({
  id: user.id,
  username: user.name,
  name: user.name,
  team_id: user.teamId ?? workspace.team.id,
})

/** The form of a slash command. */
export function commandFields(
  simulation: Simulation,
  user: SimulatedUser,
  conversation: Conversation,
  command: string,
  text: string,
): Record<string, string> {
  const { team, bot } = simulation.workspace
  return {
    token: verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    ...(team.enterpriseId === undefined ? {} : { enterprise_id: team.enterpriseId, enterprise_name: team.name }),
    channel_id: conversation.id,
    channel_name: conversation.kind === 'private' ? 'privategroup' : conversation.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: bot.appId,
    is_enterprise_install: 'false',
    response_url: simulation.responseUrls.create({ channel: conversation.id, userId: user.id, messageTs: undefined }),
    trigger_id: simulation.triggers.create(user.id),
  }
}

/** A global shortcut. */
export const shortcutPayload = (simulation: Simulation, user: SimulatedUser, callbackId: string): JsonObject => ({
  type: 'shortcut',
  ...common(simulation),
  action_ts: actionTs(simulation),
  user: userOf(simulation, user),
  callback_id: callbackId,
  trigger_id: simulation.triggers.create(user.id),
})

/** The payload for one used element: its identity and its new value. */
export function actionOf(
  simulation: Simulation,
  block: Block,
  element: InteractiveElement,
  value: StateValue | undefined,
): JsonObject {
  const shown: JsonObject = { ...element }
  for (const name of ['options', 'option_groups', 'focus_on_load', 'dispatch_action_config', 'multiline']) {
    delete shown[name]
  }
  return { ...shown, ...value, block_id: block.block_id, action_ts: actionTs(simulation) }
}

const actionTs = ({ now }: Simulation): string => (now() / 1000).toFixed(6)

/** `block_actions` from a message. Like Slack, it does not repeat an ephemeral message. */
export function messageActions(
  simulation: Simulation,
  user: SimulatedUser,
  message: SimulatedMessage,
  action: JsonObject,
): JsonObject {
  const { workspace, responseUrls, triggers } = simulation
  const isEphemeral = message.ephemeralFor !== undefined
  const target = { channel: message.channel, userId: user.id, messageTs: message.ts }
  return {
    type: 'block_actions',
    ...common(simulation),
    user: userOf(simulation, user),
    container: { type: 'message', message_ts: message.ts, channel_id: message.channel, is_ephemeral: isEphemeral },
    channel: channelOf(simulation, message.channel),
    ...(isEphemeral ? {} : { message: messageObject(message, workspace.bot, workspace.team.id) }),
    state: { values: valuesFor(message.blocks) },
    trigger_id: triggers.create(user.id),
    response_url: responseUrls.create(target),
    actions: [action],
  }
}

/** `block_actions` from a modal or Home tab. */
export const viewActions = (
  simulation: Simulation,
  user: SimulatedUser,
  view: StoredView,
  action: JsonObject,
): JsonObject => ({
  type: 'block_actions',
  ...common(simulation),
  user: userOf(simulation, user),
  container: { type: 'view', view_id: view.id },
  trigger_id: simulation.triggers.create(user.id),
  view: shownView(simulation, view),
  actions: [action],
})

/** The request that Slack sends while a person types into an external menu. */
export function suggestionPayload(
  simulation: Simulation,
  user: SimulatedUser,
  place: { view: StoredView } | { message: SimulatedMessage },
  ids: { blockId: string; actionId: string },
  query: string,
): JsonObject {
  const where =
    'view' in place
      ? { container: { type: 'view', view_id: place.view.id }, view: shownView(simulation, place.view) }
      : {
          container: {
            type: 'message',
            message_ts: place.message.ts,
            channel_id: place.message.channel,
            is_ephemeral: place.message.ephemeralFor !== undefined,
          },
          channel: channelOf(simulation, place.message.channel),
        }
  return {
    type: 'block_suggestion',
    ...common(simulation),
    user: userOf(simulation, user),
    action_id: ids.actionId,
    block_id: ids.blockId,
    value: query,
    ...where,
  }
}

/** The submission of a modal. */
export const submissionPayload = (simulation: Simulation, user: SimulatedUser, view: StoredView): JsonObject => ({
  type: 'view_submission',
  ...common(simulation),
  user: userOf(simulation, user),
  trigger_id: simulation.triggers.create(user.id),
  view: shownView(simulation, view),
  response_urls: [],
})

/** The notice that a person closed a modal; `isCleared` when the whole stack closed. */
export const closedPayload = (
  simulation: Simulation,
  user: SimulatedUser,
  view: StoredView,
  isCleared: boolean,
): JsonObject => ({
  type: 'view_closed',
  ...common(simulation),
  user: userOf(simulation, user),
  view: shownView(simulation, view),
  is_cleared: isCleared,
})

/** An event of the Events API with `event` inside. */
export function eventPayload(simulation: Simulation, event: JsonObject): JsonObject {
  const { team, bot } = simulation.workspace
  return {
    token: verificationToken,
    team_id: team.id,
    api_app_id: bot.appId,
    event,
    type: 'event_callback',
    event_id: simulation.ids.next('Ev'),
    event_time: Math.floor(simulation.now() / 1000),
    authorizations: [
      {
        enterprise_id: team.enterpriseId ?? null,
        team_id: team.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  }
}

function channelOf({ workspace }: Simulation, id: string): JsonObject {
  const conversation = workspace.conversations.get(id)
  return { id, name: conversation?.kind === 'private' ? 'privategroup' : (conversation?.name ?? 'directmessage') }
}
