import { list } from './lists.ts'
import { visible } from './names.ts'
import { typedCommand } from './typed-command.ts'
import type { MessageView, Text } from './view-model.ts'

type Entry = NonNullable<MessageView['entries']>[number]

/** Answers words that are no command but are near to one. */
export const meantList = (command: string, unknown: string, meant: string): MessageView => {
  const whole = typedCommand(command, visible(meant))
  return list(
    'Did you mean another command?',
    `Did you mean ${whole}?`,
    [typedEntry(typedCommand(command, 'help'), 'lists all commands.')],
    [[{ code: unknown }, ' is not a command of Latchkey. Did you mean ', { code: whole }, '?']],
  )
}

/** What the help is made for. */
export type Helped = {
  readonly command: string
  /** How the form opens without the command, where the platform has such a way. */
  readonly shortcut?: string | undefined
  /** A path that the reader may request. */
  readonly example?: string | undefined
  /** The page that makes links to a filled form. */
  readonly linkMaker?: string | undefined
  /** Whether people type codes of terminals here. */
  readonly signsTerminalsIn?: boolean | undefined
  /** Whether a vault has control groups about which people can tell. */
  readonly tellsControlGroups?: boolean | undefined
  /** The pages that do the same without a chat. */
  readonly webPages?: string | undefined
}

/** The available commands, with examples that find something. */
export const helpList = (helped: Helped, unknown?: string): MessageView =>
  list(
    'What Latchkey understands',
    typedCommand(helped.command, 'request, extend, mine, who, status or help.'),
    helpEntries(helped),
    notUnderstood(helped.command, unknown),
  )

const notUnderstood = (command: string, unknown: string | undefined): readonly Text[] => {
  if (unknown === undefined) return []
  if (unknown === 'who') return [[{ code: typedCommand(command, 'who') }, ' needs a path, or a part of one.']]
  return [[{ code: unknown }, ' is not a command of Latchkey. The commands are:']]
}

const helpEntries = ({
  command,
  shortcut,
  example = 'PATH',
  linkMaker,
  webPages,
  signsTerminalsIn,
  tellsControlGroups,
}: Helped): Entry[] => [
  typedEntry(typedCommand(command, 'request'), 'opens the form.'),
  filledInEntry({ command, example }),
  said(['Several at once: put commas between their names.']),
  typedEntry(typedCommand(command, 'extend'), 'lists the access that you can extend.'),
  typedEntry(
    typedCommand(command, 'mine'),
    'lists what waits for you, and your requests and access, with their buttons.',
  ),
  typedEntry(typedCommand(command, `who ${visible(example)}`), 'shows who owns it, and its owners who has access now.'),
  typedEntry(typedCommand(command, 'status'), 'shows whether the vaults answer.'),
  ...(signsTerminalsIn
    ? [typedEntry(typedCommand(command, 'terminal BCDF-GHJK'), 'signs the terminal in that shows this code.')]
    : []),
  ...(tellsControlGroups
    ? [
        typedEntry(
          typedCommand(command, 'control-group ACCESSOR'),
          'asks the members, where the vault wants a control group to authorise your request.',
        ),
      ]
    : []),
  ...(shortcut ? [said([shortcut])] : []),
  ...(linkMaker ? [typedEntry(linkMaker, 'makes a link to the filled form, for a runbook.')] : []),
  ...webEntry(webPages),
]

/** The same in short, for a place that shows lists by itself. */
export const shortHelp = (helped: Helped): Entry[] => [
  filledInEntry(helped),
  typedEntry(typedCommand(helped.command, 'help'), 'lists the rest.'),
  ...(helped.shortcut ? [said([helped.shortcut])] : []),
  ...webEntry(helped.webPages),
]

const webEntry = (webPages: string | undefined): Entry[] =>
  webPages === undefined ? [] : [said(['On the web, also while the chat is down: ', { code: webPages }])]

const filledInEntry = ({ command, example = 'PATH' }: Helped): Entry =>
  typedEntry(typedCommand(command, `request ${visible(example)} 1h because payments fail`), 'opens the form filled in.')

const typedEntry = (typed: string, meaning: string): Entry => said([{ code: typed }, ` ${meaning}`])

const said = (text: Text): Entry => ({ text, actions: [] })
