import type { JsonObject } from '../common/json.ts'
import { countArgument, optionalFlag, optionalText, requiredText } from './api-arguments.ts'
import type { Method } from './api-methods.ts'
import { type SimulatedUser, type SimulatedUserGroup, userObject } from './people.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'
import { type Conversation, directConversation } from './workspace.ts'

const asObject = ({ workspace, now, scopes }: Simulation, user: SimulatedUser): JsonObject =>
  userObject(user, workspace.team, now(), scopes.has('users:read.email'))

const usersInfo: Method = (simulation, args) => {
  const user = simulation.workspace.users.get(requiredText(args, 'user'))
  if (user === undefined) throw new SlackError('user_not_found')
  return { user: asObject(simulation, user) }
}

const usersList: Method = (simulation, args) => {
  const limit = countArgument(args, 'limit', 1000, 1000)
  const cursor = optionalText(args, 'cursor')
  const start = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64url').toString().replace('user:', ''))
  if (!Number.isInteger(start) || start < 0) throw new SlackError('invalid_cursor')
  const all = [...simulation.workspace.users.values()]
  const end = start + limit
  const next = end < all.length ? Buffer.from(`user:${end}`).toString('base64url') : ''
  return {
    members: all.slice(start, end).map((user) => asObject(simulation, user)),
    cache_ts: Math.floor(simulation.now() / 1000),
    response_metadata: { next_cursor: next },
  }
}

const lookupByEmail: Method = (simulation, args) => {
  const email = requiredText(args, 'email').toLowerCase()
  const user = [...simulation.workspace.users.values()].find(
    (candidate) => candidate.email?.toLowerCase() === email && !candidate.deleted,
  )
  if (user === undefined) throw new SlackError('users_not_found')
  return { user: asObject(simulation, user) }
}

const groupObject = (group: SimulatedUserGroup, team: string, showsUsers: boolean): JsonObject => ({
  id: group.id,
  team_id: team,
  is_usergroup: true,
  is_subteam: true,
  name: group.name,
  handle: group.handle,
  is_external: false,
  date_delete: 0,
  user_count: group.users.length,
  ...(showsUsers ? { users: [...group.users] } : {}),
})

const groupsList: Method = ({ workspace }, args) => ({
  usergroups: workspace.userGroups.map((group) =>
    groupObject(group, workspace.team.id, optionalFlag(args, 'include_users') ?? false),
  ),
})

const botsInfo: Method = ({ workspace }, args) => {
  const { bot } = workspace
  if (requiredText(args, 'bot') !== bot.botId) throw new SlackError('bot_not_found')
  return { bot: { id: bot.botId, deleted: false, name: bot.name, app_id: bot.appId, user_id: bot.userId } }
}

const groupUsersList: Method = ({ workspace }, args) => {
  const id = requiredText(args, 'usergroup')
  const group = workspace.userGroups.find((candidate) => candidate.id === id)
  if (group === undefined) throw new SlackError('no_such_subteam')
  return { users: group.users.filter((user) => !workspace.users.get(user)?.deleted) }
}

const teamInfo: Method = ({ workspace }) => {
  const { id, name, domain, enterpriseId } = workspace.team
  const enterprise = enterpriseId === undefined ? {} : { enterprise_id: enterpriseId, enterprise_name: name }
  return { team: { id, name, domain, email_domain: '', icon: { image_default: true }, ...enterprise } }
}

const conversationsOpen: Method = ({ workspace }, args) => {
  const named = Array.isArray(args.users) ? args.users.join(',') : requiredText(args, 'users')
  const [first, ...others] = named.split(',')
  const user = workspace.users.get(first ?? '')
  if (user === undefined) throw new SlackError('user_not_found')
  if (others.length > 0)
    throw new SlackError('not_enough_users', { note: 'the simulator knows no group conversations' })
  if (user.isBot) throw new SlackError('cannot_dm_bot')
  if (user.deleted) throw new SlackError('user_disabled')
  const conversation = directConversation(workspace, user.id)
  const isFull = optionalFlag(args, 'return_im') ?? false
  return { channel: isFull ? conversationObject(conversation, workspace.bot.userId) : { id: conversation.id } }
}

const conversationsInfo: Method = (simulation, args) => {
  const { workspace } = simulation
  const conversation = workspace.conversations.get(requiredText(args, 'channel'))
  const isMember = conversation?.members.has(workspace.bot.userId) ?? false
  if (conversation === undefined || (conversation.kind !== 'public' && !isMember)) {
    throw new SlackError('channel_not_found')
  }
  const needed = { public: 'channels:read', private: 'groups:read', direct: 'im:read' }[conversation.kind]
  if (!simulation.scopes.has(needed)) throw new SlackError('missing_scope', { needed })
  return { channel: conversationObject(conversation, workspace.bot.userId) }
}

function conversationObject(conversation: Conversation, bot: string): JsonObject {
  const { id, kind, name, members, shared } = conversation
  if (kind === 'direct') {
    return { id, is_im: true, is_org_shared: false, user: [...members].find((member) => member !== bot), is_open: true }
  }
  return {
    id,
    name,
    name_normalized: name,
    is_channel: kind === 'public',
    is_group: kind === 'private',
    is_im: false,
    is_mpim: false,
    is_private: kind === 'private',
    is_archived: conversation.isArchived,
    is_member: members.has(bot),
    is_shared: shared === 'externally' || shared === 'in-organisation',
    is_ext_shared: shared === 'externally',
    is_pending_ext_shared: shared === 'pending',
    is_org_shared: shared === 'in-organisation',
    num_members: members.size,
  }
}

/** The methods about people, groups, the team and conversations. */
export const peopleMethods = {
  'users.info': { scopes: ['users:read'], run: usersInfo },
  'bots.info': { scopes: ['users:read'], run: botsInfo },
  'users.list': { scopes: ['users:read'], run: usersList },
  'users.lookupByEmail': { scopes: ['users:read.email'], run: lookupByEmail },
  'usergroups.list': { scopes: ['usergroups:read'], run: groupsList },
  'usergroups.users.list': { scopes: ['usergroups:read'], run: groupUsersList },
  'team.info': { scopes: ['team:read'], run: teamInfo },
  'conversations.open': { scopes: ['im:write'], run: conversationsOpen },
  'conversations.info': { scopes: [], run: conversationsInfo },
}
