import type { JsonObject } from '../common/json.ts'

/** An action of a card, as the client reads it. */
export type CardAction = JsonObject & {
  type: 'Action.Execute' | 'Action.Submit' | 'Action.OpenUrl'
  id?: string
  title?: string
  tooltip?: string
  style?: 'default' | 'positive' | 'destructive'
  verb?: string
  data?: unknown
  url?: string
  fallback?: unknown
  isEnabled?: boolean
  /** `none`: the action sends no input and checks none. */
  associatedInputs?: 'auto' | 'none'
}

/** An element of a card. The rules (`card-rules.ts`) have checked its properties. */
export type CardElement = JsonObject & { type: string; id?: string; isVisible?: boolean }

/** An Adaptive Card that passed the rules. */
export type AdaptiveCard = JsonObject & {
  type: 'AdaptiveCard'
  version: string
  body?: CardElement[]
  actions?: CardAction[]
  refresh?: { action: CardAction; userIds?: string[] }
  fallbackText?: string
}

/** One choice of an `Input.ChoiceSet`. */
export type Choice = { title: string; value: string }

/** An input of a card. */
export type CardInput = CardElement & {
  type: 'Input.Text' | 'Input.ChoiceSet' | 'Input.Toggle' | 'Input.Number' | 'Input.Date' | 'Input.Time'
  id: string
  label?: string
  value?: unknown
  placeholder?: string
  isRequired?: boolean
  errorMessage?: string
  isMultiline?: boolean
  maxLength?: number
  regex?: string
  style?: string
  isMultiSelect?: boolean
  choices?: Choice[]
  'choices.data'?: { type: 'Data.Query'; dataset: string; associatedInputs?: string }
  title?: string
  valueOn?: string
  valueOff?: string
  min?: number | string
  max?: number | string
}

export const cardType = 'application/vnd.microsoft.card.adaptive'

const listOf = (value: unknown): CardElement[] => (Array.isArray(value) ? value : [])

/** The elements inside an element. */
const childrenOf = (element: CardElement): CardElement[] => [...listOf(element.items), ...listOf(element.columns)]

/** All elements in the order of reading, those inside others too. */
export const elementsOf = (card: { body?: CardElement[] }): CardElement[] => {
  const walk = (element: CardElement): CardElement[] =>
    element.isVisible === false ? [] : [element, ...childrenOf(element).flatMap(walk)]
  return listOf(card.body).flatMap(walk)
}

/** All buttons in the order of reading: those in action sets, then those below the card. */
export const actionsOf = (card: AdaptiveCard): CardAction[] => [
  ...elementsOf(card).flatMap((element) => (element.type === 'ActionSet' ? (element.actions as CardAction[]) : [])),
  ...(card.actions ?? []),
]

/** All inputs in the order of reading. */
export const inputsOf = (card: AdaptiveCard): CardInput[] =>
  elementsOf(card).filter((element): element is CardInput => element.type.startsWith('Input.'))

/** The name of an input for people: its label, else its id. */
export const labelOf = (input: CardInput): string => input.label ?? input.id

/** The input with this label or id; throws an Error that lists those there. */
export function findInput(card: AdaptiveCard, name: string): CardInput {
  const inputs = inputsOf(card)
  const found = inputs.find((input) => labelOf(input) === name) ?? inputs.find(({ id }) => id === name)
  if (found !== undefined) return found
  throw new Error(
    `there is no field "${name}"; there are ${inputs.map((each) => `"${labelOf(each)}"`).join(', ') || 'none'}`,
  )
}
