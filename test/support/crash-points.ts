/** One kind of call to the outside, in words that follow “killed before” or “killed after”. */
export type Call = {
  readonly side: 'vault' | 'slack'
  readonly words: string
  readonly call: RegExp
  readonly nth?: number
}
/** Where Latchkey is killed. */
export type CrashPoint = Call & { readonly when: 'before' | 'after'; readonly nth?: number }

const vault = (words: string, call: RegExp): Call => ({ side: 'vault', words, call })
const slack = (words: string, call: RegExp): Call => ({ side: 'slack', words, call })

/** Every kind of call that Latchkey makes. */
export const calls = {
  logsIn: vault('its own login', /^POST auth\/latchkey-approle\/login$/),
  asksForRights: vault('asking what it may do', /^POST sys\/capabilities-self$/),
  asksForHealth: vault('asking which product answers', /^GET sys\/health$/),
  listsMounts: vault('listing mounts', /^GET sys\/mounts$/),
  listsSecrets: vault('listing secrets', /^GET kv\/metadata\/(.*\/)?$/),
  listsKeys: vault('listing keys', /^GET transit\/keys$/),
  readsOwnerTag: vault('reading the owner tag', /^GET kv\/metadata\/.*[^/]$/),
  writesPolicy: vault('writing a policy', /^POST sys\/policies\/acl\//),
  readsPolicy: vault('reading a policy', /^GET sys\/policies\/acl\//),
  deletesPolicy: vault('deleting a policy', /^DELETE sys\/policies\/acl\//),
  readsUser: vault('looking at the person’s user', /^GET auth\/latchkey-users\/users\//),
  writesUser: vault('writing the person’s user', /^POST auth\/latchkey-users\/users\//),
  asksForLimit: vault('asking how long tokens may live', /^GET sys\/internal\/ui\/mounts\/auth\/latchkey-users$/),
  logsPersonIn: vault('the person’s login', /^POST auth\/latchkey-users\/login\//),
  spendsTrial: vault('spending the token of the login that only tries', /^GET auth\/token\/lookup-self$/),
  looksUpWrapping: vault('looking a wrapping token up', /^POST sys\/wrapping\/lookup$/),
  unwraps: vault('unwrapping', /^POST sys\/wrapping\/unwrap$/),

  checksBot: slack('checking the bot token', /^POST auth\.test$/),
  asksForApp: slack('asking which app the bot belongs to', /^POST bots\.info$/),
  looksAtAccount: slack('looking at the account that acts', /^POST users\.info$/),
  opensConversation: slack('opening a conversation', /^POST conversations\.open$/),
  posts: slack('posting a card', /^POST chat\.postMessage$/),
  edits: slack('editing a card', /^POST chat\.update$/),
  opensDialog: slack('opening a dialog', /^POST views\.open$/),
} as const

/** The same call, when it comes again. */
export const again = (kind: Call, nth: number): Call => ({ ...kind, nth, words: `${kind.words}, time ${nth}` })

/** Before and after each of them. */
export const around = (...kinds: readonly Call[]): CrashPoint[] =>
  kinds.flatMap((kind) => [
    { ...kind, when: 'before' as const },
    { ...kind, when: 'after' as const },
  ])

/** Where Latchkey is killed in each part of a story. */
export const pointsWhile = {
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
  withdrawing: around(calls.writesUser, calls.logsPersonIn, calls.deletesPolicy, calls.readsPolicy),
  starting: around(
    ...[calls.checksBot, calls.logsIn, calls.listsMounts, calls.asksForRights, calls.asksForHealth, calls.readsUser],
    ...[calls.writesUser, calls.listsSecrets, calls.listsKeys, calls.asksForApp],
  ),
} as const
