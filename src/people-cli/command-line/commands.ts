import { controlGroupCommands } from './control-group-commands.ts'
import type { CommandSpec, OptionSpec } from './spec.ts'
import { vaultCommands } from './vault-commands.ts'

type Options = Readonly<Record<string, OptionSpec>>

const json: Options = { json: { describe: 'print JSON' } }
const yes: Options = { yes: { describe: 'do not ask' } }
const browser: Options = { browser: { isOn: true, describe: 'only print the address that is to be opened' } }
const waiting: Options = {
  wait: { isOn: true, describe: 'do not wait for the decision' },
  timeout: { value: 'length', describe: 'wait no longer than this, such as 10m; the request goes on' },
  ...json,
}

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'sign-in',
    describe: 'Sign in at a Latchkey',
    options: {
      server: { value: 'url', describe: 'your Latchkey (else LATCHKEY_SERVER, else the one of last time)' },
      code: { describe: 'with a code that you type elsewhere' },
      ...browser,
    },
    examples: ['latchkey sign-in --server https://latchkey.example', 'latchkey sign-in --code'],
    load: () => import('../commands/sign-in.ts').then(({ signIn }) => signIn),
  },
  {
    name: 'sign-out',
    describe: 'End the session, and forget every token on this machine',
    examples: ['latchkey sign-out'],
    load: () => import('../commands/sign-out.ts').then(({ signOut }) => signOut),
  },
  {
    name: 'whoami',
    describe: 'Show who you are, and your vaults',
    options: json,
    examples: ['latchkey whoami', 'latchkey whoami --json'],
    load: () => import('../commands/whoami.ts').then(({ whoAmI }) => whoAmI),
  },
  {
    name: 'login',
    describe: 'Redeem a one-time link, which is asked for or read from standard input',
    options: {
      grant: { value: 'access', describe: 'log in to this access of yours; no link is needed' },
      yes: { describe: 'forget the session and tokens of another server without asking' },
      ...browser,
    },
    examples: ['latchkey login', 'latchkey login < link.txt', 'latchkey login --grant ACCESS'],
    load: () => import('../commands/login.ts').then(({ logIn }) => logIn),
  },
  ...vaultCommands,
  {
    name: 'request',
    describe: 'Ask for access to secrets or folders, wait, and log in',
    args: ['[resource...]'],
    options: {
      'vault-id': { value: 'integration', describe: 'the vault, by the name that Latchkey gives it' },
      permission: { value: 'name', describe: 'such as read; ReadOnly, ReadWrite or Admin for a folder' },
      for: { value: 'length', describe: 'how long, such as 45m or 2h' },
      reason: { value: 'text', describe: 'why; whoever decides reads it' },
      others: { value: 'choice', choices: ['leave-out', 'ask'], describe: 'secrets of other owners in a folder' },
      'all-or-nothing': { describe: 'one denial denies everything' },
      job: { describe: 'for this one job: it logs in once, and its token ends with the access' },
      again: { value: 'request', describe: 'wait for this earlier request of yours' },
      ...waiting,
    },
    examples: [
      'latchkey request kv/apps/db --permission read --for 2h --reason "failed orders"',
      'latchkey request kv/apps/ --permission ReadWrite --for 1h --reason "new database"',
    ],
    load: () => import('../commands/request.ts').then(({ request }) => request),
  },
  {
    name: 'pending',
    describe: 'List requests that wait for you, or your own that wait for others',
    options: { mine: { describe: 'your own' }, ...json },
    examples: ['latchkey pending', 'latchkey pending --mine'],
    load: () => import('../commands/pending.ts').then(({ pending }) => pending),
  },
  {
    name: 'approve',
    describe: 'Approve a request',
    args: ['<request>'],
    options: {
      note: { value: 'text', describe: 'a word to whoever asked' },
      for: { value: 'length', describe: 'for a shorter time than was asked for' },
      policy: { describe: 'show the exact policy first' },
      ...yes,
      ...json,
    },
    examples: ['latchkey approve REQUEST', 'latchkey approve REQUEST --for 30m'],
    load: () => import('../commands/decide.ts').then(({ approve }) => approve),
  },
  {
    name: 'deny',
    describe: 'Deny a request',
    args: ['<request>'],
    options: { note: { value: 'text', isNeeded: true, describe: 'why; whoever asked reads it' }, ...yes, ...json },
    examples: ['latchkey deny REQUEST --note "use the replica instead"'],
    load: () => import('../commands/decide.ts').then(({ deny }) => deny),
  },
  {
    name: 'access',
    describe: 'List your access, and how to use it',
    args: ['[access]'],
    options: { how: { describe: 'show commands that use it' }, ended: { describe: 'what has ended' }, ...json },
    examples: ['latchkey access', 'latchkey access --how'],
    load: () => import('../commands/access.ts').then(({ access }) => access),
  },
  {
    name: 'extend',
    describe: 'Ask for more time: a new access to the same, which is decided anew',
    args: ['<access>'],
    options: {
      for: { value: 'length', isNeeded: true, describe: 'how long from its start, such as 2h' },
      reason: { value: 'text', isNeeded: true, describe: 'why; whoever decides reads it' },
      ...waiting,
    },
    examples: ['latchkey extend ACCESS --for 2h --reason "the import still runs"'],
    load: () => import('../commands/extend.ts').then(({ extend }) => extend),
  },
  {
    name: 'give-back',
    describe: 'End an access that is no longer needed',
    args: ['<access>'],
    options: { note: { value: 'text', describe: 'why; needed for the access of somebody else' }, ...yes },
    examples: ['latchkey give-back ACCESS'],
    load: () => import('../commands/give-back.ts').then(({ giveBack }) => giveBack),
  },
  ...controlGroupCommands,
  {
    name: 'sessions',
    describe: 'List or end your sessions',
    options: { end: { value: 'session', describe: 'end this one' }, ...json },
    examples: ['latchkey sessions', 'latchkey sessions --end SESSION'],
    load: () => import('../commands/sessions.ts').then(({ sessions }) => sessions),
  },
  {
    name: 'completion',
    describe: 'Print a script that completes commands in a shell',
    args: ['<shell>'],
    choices: ['bash', 'zsh'],
    examples: ['latchkey completion bash > ~/.local/share/bash-completion/completions/latchkey'],
    load: () => import('../commands/completion.ts').then(({ completion }) => completion),
  },
]
