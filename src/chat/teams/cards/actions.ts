import { z } from 'zod'
import { cardId } from '../../../domain/ids.ts'
import type { Action, ButtonCommand, Origin, TrialCommand } from '../../../views/view-model.ts'
import { encodeButton } from '../../conversation/codec.ts'
import type { BackData, CardAction, Element } from './card-schema.ts'
import { limits } from './limits.ts'
import { plain } from './text.ts'

/** The verbs of our universal actions. */
export type Verb = 'press' | 'form' | 'refresh'

const asksForDialog = { type: 'task/fetch' } as const

/** Commands whose answer needs the room or the privacy of a dialog: the others are answered in the card itself. */
const inDialog: ReadonlySet<(ButtonCommand | TrialCommand)['do']> = new Set([
  ...(['get-link', 'show-policy', 'show-items', 'request-again', 'request', 'extend', 'terminal'] as const),
])

/** Whether a press is answered by a dialog, on every client. A dialog also leaves a private list as it is. */
const opensDialog = (command: ButtonCommand | TrialCommand, origin?: Origin): boolean =>
  inDialog.has(command.do) || (origin !== undefined && 'list' in origin)

const styles = { primary: 'positive', danger: 'destructive' } as const

/** Where a button stands. `about` lets screen readers distinguish equal buttons of a list. */
export type ButtonPlace = {
  readonly origin?: Origin | undefined
  readonly about?: string | undefined
  readonly isInDialog?: boolean | undefined
}

/**
 * A button. Clients that know no universal action send the press as a wish for a dialog. Buttons of a list have no such
 * fallback, which would double the size of a long list. A dialog takes no universal action and opens no other dialog.
 */
export const button = (action: Action, { origin, about, isInDialog }: ButtonPlace = {}): CardAction => {
  const shown = {
    title: plain(action.label, limits.button),
    ...(action.style && { style: styles[action.style] }),
    ...(about && { tooltip: plain(`${action.label}: ${about}`, limits.tooltip) }),
  }
  if ('url' in action) return { type: 'Action.OpenUrl', ...shown, url: action.url }
  const press = encodeButton(action.command, origin)
  if (isInDialog) return { type: 'Action.Submit', ...shown, data: { press } }
  const submit = { type: 'Action.Submit', ...shown, data: { press, msteams: asksForDialog } } as const
  if (opensDialog(action.command, origin)) return submit
  return {
    type: 'Action.Execute',
    ...shown,
    verb: 'press',
    data: { press },
    ...(about === undefined && { fallback: { type: 'Action.Submit', title: shown.title, data: submit.data } }),
  }
}

/** Buttons in as many rows as the renderer takes. */
export const rows = (actions: readonly CardAction[]): Element[] =>
  chunks(actions.slice(0, limits.actions), limits.actionsInRow).map((row) => ({ type: 'ActionSet', actions: row }))

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))

/** What leads back to a message. */
export const backData = (origin: Origin): BackData => ('card' in origin ? { card: origin.card } : { list: origin.list })

/** A button that shows the message again in the place of the present card. */
export const backButton = (label: string, origin: Origin): CardAction => {
  // Without inputs, because what a person typed does not matter any more.
  const shown = { title: plain(label, limits.button), data: backData(origin), associatedInputs: 'none' } as const
  return { type: 'Action.Execute', ...shown, verb: 'refresh', fallback: { type: 'Action.Submit', ...shown } }
}

const Press = z.object({ press: z.string().min(1).max(4000) })
const Back = z.union([
  z.object({ card: z.string().min(1).max(100).transform(cardId) }),
  z.object({ list: z.string().min(1).max(100) }),
])

/** The payload of a pressed button, for `Press.payload`; `undefined` for data of anything else. */
export const readPress = (data: unknown): string | undefined => {
  const read = Press.safeParse(data)
  return read.success ? read.data.press : undefined
}

/** The message that a refresh, or a button back, asks for. Whether the sender may see it is still unchecked. */
export const readBack = (data: unknown): Origin | undefined => {
  const read = Back.safeParse(data)
  return read.success ? read.data : undefined
}
