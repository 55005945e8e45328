import type { Identity } from '../domain/card.ts'
import type { Timestamp } from '../domain/time.ts'
import { requestAction } from './card-actions.ts'
import { refusalView } from './copy.ts'
import type { NameOf } from './copy-states.ts'
import { type Helped, shortHelp } from './help.ts'
import { type Concerns, ownEntries, waitingEntries } from './lists.ts'
import { typedCommand } from './typed-command.ts'
import type { Action, HomeView, MessageView, Text } from './view-model.ts'

/** What a person's home is made of. */
export type HomeContent = Concerns &
  Helped & {
    readonly now: Timestamp
    readonly nameOf: NameOf
    /** Whether the person may request anything. */
    readonly mayRequest: boolean
  }

/** The home: request, what waits for the person, their own access, and how to type. */
export const homeView = (content: HomeContent): HomeView => {
  const { now, nameOf, waiting, own, mayRequest } = content
  const start: Text = mayRequest
    ? ['Ask for a secret for a limited time. An owner decides, and the access ends by itself.']
    : ['You may not request anything here yet. Ask the owners of a vault to add you.']
  return {
    parts: [
      part('Latchkey', [start, ['As of ', { time: now }, '.']], [], mayRequest ? [requestAction] : []),
      ...(waiting.shown.length > 0 ? [part('Waits for you', [], waitingEntries(waiting, nameOf))] : []),
      part('Your access', own.length > 0 ? [] : [['You have no access and no requests.']], ownEntries(own, nameOf)),
      part('By typing', [], shortHelp(content)),
    ],
  }
}

/** The home of somebody whom the people file does not name. */
export const strangerHome = (identity: Identity, command: string): HomeView => {
  const next: Text = [
    'Type ',
    { code: typedCommand(command, 'help') },
    ': the answer lets you ask the administrators to add you.',
  ]
  const view = refusalView({ code: 'unknown-person', ...identity })
  return { parts: [{ ...view, notes: [...view.notes, next] }] }
}

const part = (
  title: string,
  notes: readonly Text[],
  entries: NonNullable<MessageView['entries']>,
  actions: readonly Action[] = [],
): MessageView => ({ title, tone: 'neutral', summary: title, fields: [], quotes: [], notes, actions, entries })
