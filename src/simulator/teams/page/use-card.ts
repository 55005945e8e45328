import { actionsOf, type CardInput, inputsOf } from '../cards.ts'
import type { TeamsMessage } from '../messages.ts'
import type { TeamsHands } from '../person.ts'
import type { Sheet } from '../sheet.ts'
import type { Simulation } from '../simulation.ts'
import type { PageAction } from './endpoints.ts'

/** Does with the drivers what a person did on the page. */
export async function useCard(simulation: Simulation, who: TeamsHands, action: PageAction): Promise<object> {
  const { tenant } = simulation
  switch (action.do) {
    case 'text':
      if (action.place === '') return who.say(action.text.trim())
      // A client makes a mention of the typed name.
      return who.say(action.text.replace(`@${tenant.app.name} `, '').trim(), action.place)
    case 'look':
      await who.look(action.place)
      return { ok: true }
    case 'close':
      who.closeView()
      return { ok: true }
    case 'find':
      return who.search(action.command, action.text, { conversation: action.conversation || who.chat })
    default:
  }
  const message = tenant.messages.find(
    ({ conversation, id }) => conversation === action.conversation && id === action.message,
  )
  switch (action.do) {
    case 'refresh':
      return who.refresh(needed(message))
    case 'extension': {
      const { conversation, command } = action
      if (message === undefined)
        return who.openExtension(command, { from: 'compose', conversation: conversation || who.chat })
      return who.openExtension(command, { from: 'message', message })
    }
    case 'press':
      return press(sheetsAt(simulation, who, message), who, message, action)
    case 'typeahead': {
      if (!simulation.hasTypeahead) return { choices: 'off' }
      enter(sheetsAt(simulation, who, message), action.values)
      return { choices: await who.typeahead(action.field, action.typed, message && { in: message }) }
    }
    default:
      return action satisfies never
  }
}

const needed = (message: TeamsMessage | undefined): TeamsMessage => {
  if (message === undefined) throw new Error('the message is gone')
  return message
}

/** The cards of a message as the person sees them, or the card of the open dialog. */
function sheetsAt({ screenOf }: Simulation, { oid }: TeamsHands, message: TeamsMessage | undefined): Sheet[] {
  const screen = screenOf(oid)
  if (message !== undefined) return screen.sheets(message)
  return screen.dialog === undefined ? [] : [screen.dialog.sheet]
}

/** Presses the button with this number; buttons are counted over all cards there. */
async function press(
  sheets: readonly Sheet[],
  who: TeamsHands,
  message: TeamsMessage | undefined,
  { button, values }: PageAction & { do: 'press' },
): Promise<object> {
  enter(sheets, values)
  const all = sheets.flatMap(({ card }) => actionsOf(card))
  const title = all[button]?.title
  if (title === undefined) throw new Error('the button is gone')
  if (message === undefined) return who.submit(title)
  return who.press(message, title, { nth: all.slice(0, button).filter((other) => other.title === title).length })
}

/** Takes what was entered on the page into the person's cards. An input that is not sent is empty. */
function enter(sheets: readonly Sheet[], values: Readonly<Record<string, string>>): void {
  for (const sheet of sheets) for (const input of inputsOf(sheet.card)) enterOne(sheet, input, values[input.id] ?? '')
}

function enterOne(sheet: Sheet, input: CardInput, value: string): void {
  if (input.type !== 'Input.ChoiceSet') {
    sheet.typed.set(input.id, value)
    return
  }
  const known = [
    ...(sheet.chosen.get(input.id) ?? []),
    ...(input.choices ?? []),
    ...(sheet.offered.get(input.id) ?? []),
  ]
  const wanted = value === '' ? [] : input.isMultiSelect ? value.split(',') : [value]
  sheet.chosen.set(
    input.id,
    wanted.map((one) => known.find((choice) => choice.value === one) ?? { title: one, value: one }),
  )
}
