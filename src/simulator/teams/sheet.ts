import type { JsonObject } from '../common/json.ts'
import { type AdaptiveCard, type CardAction, type CardInput, type Choice, inputsOf, labelOf } from './cards.ts'
import type { TeamsMessage } from './messages.ts'

/** A card on one person's screen, with what is typed and chosen there. */
export type Sheet = {
  card: AdaptiveCard
  /** What is typed, by id. */
  typed: Map<string, string>
  /** What is chosen, by id. */
  chosen: Map<string, readonly Choice[]>
  /** What the bot has offered so far, the newest first, by id. */
  offered: Map<string, readonly Choice[]>
  /** The client's own complaints, by id. */
  complaints: Map<string, string>
}

/** A message in one person's hands: its cards stay as they are with what is typed, even if the bot changes it. */
export type Held = { message: TeamsMessage; sheets: Sheet[] }

/** One input as a person sees it. */
export type SimulatedField = {
  id: string
  label: string
  kind: CardInput['type']
  /** The text, or the titles of what is chosen, joined by a comma and a space. */
  value: string
  /** What is sent. */
  raw: string
  /** What is chosen in a menu. */
  chosen: readonly Choice[]
  /** The titles of the static choices. */
  options: string[]
  /** The client's complaint; the bot's own words about a field are part of the card's text. */
  error: string
  placeholder: string
  isRequired: boolean
  isMultiSelect: boolean
  /** Whether the client asks the bot while a person types. */
  hasTypeahead: boolean
}

/** The card as it is drawn first. */
export function newSheet(card: AdaptiveCard): Sheet {
  const sheet: Sheet = { card, typed: new Map(), chosen: new Map(), offered: new Map(), complaints: new Map() }
  for (const input of inputsOf(card)) {
    if (input.type === 'Input.ChoiceSet') {
      const values = typeof input.value === 'string' && input.value !== '' ? input.value.split(',') : []
      const wanted = input.isMultiSelect ? values : values.length > 0 ? [String(input.value)] : []
      sheet.chosen.set(
        input.id,
        (input.choices ?? []).filter(({ value }) => wanted.includes(value)),
      )
    } else sheet.typed.set(input.id, firstValue(input))
  }
  return sheet
}

function firstValue(input: CardInput): string {
  if (input.type === 'Input.Toggle') return String(input.value ?? input.valueOff ?? 'false')
  return input.value === undefined ? '' : String(input.value)
}

/** The value of an input as it is sent; the values of several choices are joined by commas (Adaptive Cards). */
const rawValue = (sheet: Sheet, input: CardInput): string =>
  input.type === 'Input.ChoiceSet'
    ? (sheet.chosen.get(input.id) ?? []).map(({ value }) => value).join(',')
    : (sheet.typed.get(input.id) ?? '')

/** All inputs by id. A menu without a choice is left out, as adaptivecards 3.0.6 does. */
export function inputValues(sheet: Sheet): JsonObject {
  const values: JsonObject = {}
  for (const input of inputsOf(sheet.card)) {
    const value = rawValue(sheet, input)
    if (value !== '' || input.type !== 'Input.ChoiceSet') values[input.id] = value
  }
  return values
}

/** What an action sends: its own data, with the inputs merged over it. */
export function dataOf(sheet: Sheet, action: CardAction): JsonObject {
  const own = typeof action.data === 'object' && action.data !== null ? structuredClone(action.data) : {}
  return action.associatedInputs === 'none' ? { ...own } : { ...own, ...inputValues(sheet) }
}

/** The client's own checks, before it sends anything; true when there is nothing to complain about. */
export function isComplete(sheet: Sheet, action: CardAction): boolean {
  sheet.complaints.clear()
  if (action.associatedInputs === 'none') return true
  for (const input of inputsOf(sheet.card)) {
    const value = rawValue(sheet, input)
    const isMissing = input.isRequired === true && value === ''
    const isWrong = value !== '' && input.regex !== undefined && !new RegExp(input.regex).test(value)
    if (isMissing || isWrong) sheet.complaints.set(input.id, input.errorMessage ?? 'This is needed')
  }
  return sheet.complaints.size === 0
}

/** The fields in the order of reading. `hasTypeahead`: whether this client has it at all. */
export const fieldsOf = (sheet: Sheet, hasTypeahead: boolean): SimulatedField[] =>
  inputsOf(sheet.card).map((input) => ({
    id: input.id,
    label: labelOf(input),
    kind: input.type,
    value:
      input.type === 'Input.ChoiceSet'
        ? (sheet.chosen.get(input.id) ?? []).map(({ title }) => title).join(', ')
        : rawValue(sheet, input),
    raw: rawValue(sheet, input),
    chosen: sheet.chosen.get(input.id) ?? [],
    options: (input.choices ?? []).map(({ title }) => title),
    error: sheet.complaints.get(input.id) ?? '',
    placeholder: input.placeholder ?? '',
    isRequired: input.isRequired ?? false,
    isMultiSelect: input.isMultiSelect ?? false,
    hasTypeahead: hasTypeahead && input['choices.data'] !== undefined,
  }))
