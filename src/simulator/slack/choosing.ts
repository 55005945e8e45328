import { z } from 'zod'
import { fixedOptions, type ValueElement } from './block-kit-elements.ts'
import { type MenuOption, menuOption, optionGroup } from './block-kit-text.ts'
import { type Field, heldBy } from './fields.ts'
import type { SimulatedMessage } from './messages.ts'
import { suggestionPayload } from './payloads.ts'
import type { SimulatedUser } from './people.ts'
import type { Simulation } from './simulation.ts'
import type { Acknowledgement } from './transport.ts'
import type { StateValue, StoredView } from './view-state.ts'

/** The view or message that contains a menu. */
export type MenuHolder = { view: StoredView } | { message: SimulatedMessage }

const suggestionAnswer = z.union([
  z.object({ options: z.array(menuOption).max(100) }),
  z.object({ option_groups: z.array(optionGroup).max(100) }),
])

/** Slack asks the app from this many characters on, unless the element sets another minimum. */
const defaultMinimumQuery = 3

/** The characters that a person must type before an external menu asks the app. */
export const minimumQuery = (element: ValueElement): number =>
  'min_query_length' in element ? (element.min_query_length ?? defaultMinimumQuery) : defaultMinimumQuery

/** Finds options for one person. It remembers the last offer of each external menu, like an open menu on a screen. */
export type Chooser = {
  /** Asks the app while a person types, as Slack does. Throws an Error that explains a missing answer. */
  ask(holder: MenuHolder, field: Field, query: string): Promise<MenuOption[]>
  /**
   * The options with these names. An external menu takes them from `query`; without it from the last offer, or by
   * asking for the name itself.
   */
  choose(holder: MenuHolder, field: Field, names: readonly string[], query?: string): Promise<MenuOption[]>
}

/** A chooser without any memory. */
export function createChooser(simulation: Simulation, user: () => SimulatedUser): Chooser {
  const offered = new Map<string, MenuOption[]>()
  const keyOf = (holder: MenuHolder, { blockId, actionId }: Field) =>
    JSON.stringify(['view' in holder ? holder.view.id : holder.message.ts, blockId, actionId])

  const ask = async (holder: MenuHolder, field: Field, query: string) => {
    const minimum = minimumQuery(field.element)
    if (query.length < minimum) {
      throw new Error(`"${field.label}" asks the app only after ${minimum} characters (min_query_length)`)
    }
    const payload = suggestionPayload(simulation, user(), holder, field, query)
    const options = optionsOf(await simulation.transport.deliver({ kind: 'interaction', payload }), field)
    offered.set(keyOf(holder, field), options)
    return options
  }

  const optionsFor = async (holder: MenuHolder, field: Field, name: string, query?: string) => {
    if (!isExternal(field.element)) return fixedOptions(field.element)
    const last = offered.get(keyOf(holder, field)) ?? []
    const isOffered = last.some((option) => option.text.text === name || option.value === name)
    return query === undefined && isOffered ? last : ask(holder, field, query ?? name)
  }

  return {
    ask,
    async choose(holder, field, names, query) {
      const most = mostOf(field.element)
      if (names.length > most) throw new Error(`"${field.label}" takes ${most} at most (max_selected_items)`)
      const held = 'view' in holder ? chosenIn(heldBy(holder.view, field)) : []
      const chosen: MenuOption[] = []
      for (const name of names) {
        // What the menu already holds stays chosen, whatever the app offers now.
        const kept = named(held, name)
        chosen.push(kept ?? findOption(await optionsFor(holder, field, name, query), name, field))
      }
      return chosen
    },
  }
}

function optionsOf(ack: Acknowledgement, { label }: Field): MenuOption[] {
  if (!ack.ok) throw new Error(`no options for "${label}": ${ack.error}`)
  const parsed = suggestionAnswer.safeParse(ack.json)
  if (!parsed.success)
    throw new Error(`no options for "${label}": the app's answer is not valid: ${parsed.error.message}`)
  return 'options' in parsed.data ? parsed.data.options : parsed.data.option_groups.flatMap((group) => group.options)
}

/** The options that a menu holds. */
const chosenIn = (held: StateValue | undefined): readonly MenuOption[] =>
  held?.selected_options ?? (held?.selected_option ? [held.selected_option] : [])

/** The option with this label or value. */
const named = (options: readonly MenuOption[], name: string): MenuOption | undefined =>
  structuredClone(
    options.find((option) => option.text.text === name) ?? options.find((option) => option.value === name),
  )

/** The option with this label or value. Throws an Error that lists the offered options. */
function findOption(options: readonly MenuOption[], name: string, field: Field): MenuOption {
  const found = named(options, name)
  if (found !== undefined) return found
  const offered = options.map((option) => `"${option.text.text}"`).join(', ') || 'nothing'
  throw new Error(`"${field.label}" does not offer "${name}"; it offers ${offered}`)
}

/** Whether the menu holds any number of options. */
const holdsMany = (element: ValueElement): boolean =>
  element.type === 'checkboxes' || element.type === 'multi_static_select' || element.type === 'multi_external_select'

/** How many options the menu holds at most. */
const mostOf = (element: ValueElement): number =>
  ('max_selected_items' in element ? element.max_selected_items : undefined) ?? Number.POSITIVE_INFINITY

/** Whether the options of the menu come from the app. */
const isExternal = (element: ValueElement): boolean =>
  element.type === 'external_select' || element.type === 'multi_external_select'

/** The value of a menu with these options chosen. */
export function chosenValue(field: Field, chosen: readonly MenuOption[]): StateValue {
  const { element } = field
  if (holdsMany(element)) return { type: element.type, selected_options: [...chosen] }
  return { type: element.type, selected_option: chosen[0] ?? null }
}
