import { hasSlack } from '../../src/demo/chats.ts'
import { chat } from './chat.ts'

/** One kind of call to the outside, in words that follow “killed before” or “killed after”. */
export type Call = {
  readonly side: 'vault' | 'chat'
  readonly words: string
  readonly call: RegExp
  readonly nth?: number
}
/** Where Latchkey is killed. */
export type CrashPoint = Call & { readonly when: 'before' | 'after'; readonly nth?: number }

const toVault = (words: string, call: RegExp): Call => ({ side: 'vault', words, call })
const toChat = (words: string, call: RegExp): Call => ({ side: 'chat', words, call })

/** Every kind of call to the vault. */
const vaultCalls = {
  logsIn: toVault('its own login', /^POST auth\/latchkey-approle\/login$/),
  asksForRights: toVault('asking what it may do', /^POST sys\/capabilities-self$/),
  asksForHealth: toVault('asking which product answers', /^GET sys\/health$/),
  listsMounts: toVault('listing mounts', /^GET sys\/mounts$/),
  listsSecrets: toVault('listing secrets', /^GET kv\/metadata\/(.*\/)?$/),
  listsKeys: toVault('listing keys', /^GET transit\/keys$/),
  readsOwnerTag: toVault('reading the owner tag', /^GET kv\/metadata\/.*[^/]$/),
  writesPolicy: toVault('writing a policy', /^POST sys\/policies\/acl\//),
  readsPolicy: toVault('reading a policy', /^GET sys\/policies\/acl\//),
  deletesPolicy: toVault('deleting a policy', /^DELETE sys\/policies\/acl\//),
  endsTokens: toVault('ending a token, which alone ends what it made', /^POST auth\/token\/revoke-accessor$/),
  readsUser: toVault('looking at the person’s user', /^GET auth\/latchkey-users\/users\//),
  writesUser: toVault('writing the person’s user', /^POST auth\/latchkey-users\/users\//),
  asksForLimit: toVault('asking how long tokens may live', /^GET sys\/internal\/ui\/mounts\/auth\/latchkey-users$/),
  logsPersonIn: toVault('the person’s login', /^POST auth\/latchkey-users\/login\//),
  spendsTrial: toVault('spending the token of the login that only tries', /^GET auth\/token\/lookup-self$/),
  looksUpWrapping: toVault('looking a wrapping token up', /^POST sys\/wrapping\/lookup$/),
  unwraps: toVault('unwrapping', /^POST sys\/wrapping\/unwrap$/),
} as const

/** What Latchkey calls about control groups, where they are configured. */
export const controlGroupCalls = {
  looks: toVault('looking at a control group', /^POST sys\/control-group\/request$/),
  looksUpEnd: toVault('asking when a wrapping token ends', /^POST auth\/token\/lookup-accessor$/),
  ends: toVault('ending a wrapping token', /^POST auth\/token\/revoke-accessor$/),
} as const

/** What Latchkey does at every chat platform. */
type ChatCalls = Readonly<
  Record<'looksAtAccount' | 'opensConversation' | 'posts' | 'edits' | 'asksWhoReads' | 'opensDialog', Call>
>

const slackCalls = {
  checksBot: toChat('checking the bot token', /^POST auth\.test$/),
  asksForApp: toChat('asking which app the bot belongs to', /^POST bots\.info$/),
  looksAtAccount: toChat('looking at the account that acts', /^POST users\.info$/),
  asksWhoReads: toChat('asking who reads along in the channel', /^POST conversations\.info$/),
  opensConversation: toChat('opening a conversation', /^POST conversations\.open$/),
  posts: toChat('posting a card', /^POST chat\.postMessage$/),
  edits: toChat('editing a card', /^POST chat\.update$/),
  opensDialog: toChat('opening a dialog', /^POST views\.open$/),
} satisfies ChatCalls & Record<string, Call>

/** No call opens a dialog in Teams: a dialog is the answer to a delivery. */
const noCall = toChat('opening a dialog', /^no such call$/)

const teamsCalls = {
  readsMetadata: toChat('asking where the channel’s keys are', /^GET v1\/\.well-known\/openidconfiguration$/),
  readsKeys: toChat('asking for the channel’s keys', /^GET v1\/\.well-known\/keys$/),
  asksForToken: toChat('asking Entra for a token', /^POST [0-9a-f-]+\/oauth2\/v2\.0\/token$/),
  looksAtAccount: toChat('looking at the account that acts', /^GET connector\/v3\/conversations\/[^/]+\/members\//),
  asksWhoReads: toChat('asking who reads along in the channel', /^GET connector\/.*\/pagedmembers$/),
  opensConversation: toChat('opening a conversation', /^POST connector\/v3\/conversations$/),
  posts: toChat('posting a card', /^POST connector\/v3\/conversations\/[^/]+\/activities$/),
  edits: toChat('editing a card', /^PUT connector\/v3\/conversations\/[^/]+\/activities\//),
} satisfies Omit<ChatCalls, 'opensDialog'> & Record<string, Call>

const isSlack = hasSlack(chat)
const chatCalls: ChatCalls = isSlack ? slackCalls : { ...teamsCalls, opensDialog: noCall }
/** Every kind of call that Latchkey makes with this run’s chat. */
export const knownCalls: readonly Call[] = Object.values({ ...vaultCalls, ...(isSlack ? slackCalls : teamsCalls) })
/** Those at which this run kills Latchkey: what the vault is asked does not depend on the chat, so one run is enough. */
export const killedCalls: readonly Call[] = isSlack ? knownCalls : Object.values(teamsCalls)
/** Calls by what they are for. */
export const calls = { ...vaultCalls, ...chatCalls } as const

/** The same call, when it comes again. */
export const again = (kind: Call, nth: number): Call => ({ ...kind, nth, words: `${kind.words}, time ${nth}` })

/** Before and after each of them. */
export const around = (...kinds: readonly Call[]): CrashPoint[] =>
  kinds.flatMap((kind) => [
    { ...kind, when: 'before' as const },
    { ...kind, when: 'after' as const },
  ])

type Part =
  | 'asking'
  | 'settingUp'
  | 'ending'
  | 'endingByTime'
  | 'denying'
  | 'linking'
  | 'redeeming'
  | 'revealing'
  | 'withdrawing'
  | 'narrowing'
  | 'starting'
type Points = Readonly<Record<Part, readonly CrashPoint[]>>

const inSlack: Points = {
  asking: around(calls.opensDialog, calls.looksAtAccount, calls.opensConversation, calls.posts),
  settingUp: around(
    ...[calls.looksAtAccount, calls.readsOwnerTag, calls.writesPolicy, calls.readsPolicy, calls.readsUser],
    ...[calls.writesUser, calls.asksForLimit, calls.logsPersonIn, calls.spendsTrial, calls.edits, calls.posts],
  ),
  ending: around(
    ...[calls.looksAtAccount, calls.writesUser, calls.logsPersonIn, calls.asksForRights, calls.deletesPolicy],
    ...[calls.readsPolicy, calls.edits],
  ),
  endingByTime: [
    { ...calls.logsPersonIn, when: 'after' as const },
    { ...calls.deletesPolicy, when: 'before' as const },
  ],
  denying: around(calls.opensDialog, calls.readsOwnerTag, calls.posts),
  linking: around(calls.looksAtAccount, calls.opensDialog),
  redeeming: around(
    ...[calls.readsPolicy, calls.writesPolicy, again(calls.readsPolicy, 2), calls.writesUser, calls.logsPersonIn],
    ...[again(calls.writesUser, 2), calls.looksUpWrapping, again(calls.readsPolicy, 3), calls.deletesPolicy],
  ),
  revealing: around(calls.looksUpWrapping, calls.unwraps),
  narrowing: around(
    { ...calls.listsSecrets, words: 'listing what lies beneath', call: /^GET kv\/metadata\/apps\/orders\/$/ },
    { ...calls.writesPolicy, words: 'rewriting the policy' },
  ),
  withdrawing: around(
    ...[calls.writesUser, calls.logsPersonIn, calls.deletesPolicy, calls.readsPolicy, calls.endsTokens],
  ),
  starting: around(
    ...[
      slackCalls.checksBot,
      calls.logsIn,
      calls.listsMounts,
      calls.asksForRights,
      calls.asksForHealth,
      calls.readsUser,
    ],
    ...[calls.writesUser, calls.listsSecrets, calls.listsKeys, slackCalls.asksForApp, calls.asksWhoReads],
  ),
}

/** The vault’s own points are in the run with Slack; here one of them stands for an end without anybody’s act. */
const inTeams: Points = {
  asking: around(calls.looksAtAccount, calls.opensConversation, calls.posts),
  settingUp: around(calls.looksAtAccount, calls.edits, calls.posts),
  ending: around(calls.edits, calls.looksAtAccount),
  endingByTime: [{ ...calls.deletesPolicy, when: 'before' }],
  denying: around(calls.posts),
  linking: around(calls.looksAtAccount),
  redeeming: [],
  revealing: [],
  narrowing: [],
  withdrawing: around(calls.posts),
  starting: around(...[teamsCalls.readsMetadata, teamsCalls.readsKeys, teamsCalls.asksForToken, calls.asksWhoReads]),
}

/** Where Latchkey is killed in each part of a story. */
export const pointsWhile: Points = isSlack ? inSlack : inTeams
