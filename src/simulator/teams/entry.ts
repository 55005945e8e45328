import { type CardInput, type Choice, findInput, labelOf } from './cards.ts'
import { type Client, invoke, ownConversation } from './client.ts'
import { readSearchAnswer } from './invoke-answers.ts'
import type { TeamsMessage } from './messages.ts'
import { inputValues, type Sheet } from './sheet.ts'

/** Where a person types: the card, and the place that a query names. */
export type Desk = { sheet: Sheet; conversation: string; message: TeamsMessage | undefined }

/** Types into a text field, or switches a toggle (`true` or `false`). */
export function fillIn({ simulation }: Client, { sheet }: Desk, name: string, text: string): void {
  const input = findInput(sheet.card, name)
  if (input.type === 'Input.ChoiceSet') throw new Error(`"${name}" is a menu; use pick`)
  const most = input.maxLength ?? Number.POSITIVE_INFINITY
  // A client takes no more characters than that.
  sheet.typed.set(input.id, text.slice(0, most))
  sheet.complaints.delete(input.id)
  simulation.recorder.changed()
}

/** What a menu offers for the typed words: static choices until something is typed, then the bot's answer. */
export async function suggestionsFor(
  client: Client,
  desk: Desk,
  name: string,
  typed: string,
): Promise<readonly Choice[]> {
  const { simulation } = client
  const { sheet } = desk
  const input = findInput(sheet.card, name)
  if (input.type !== 'Input.ChoiceSet') throw new Error(`"${name}" is no menu; use fill`)
  const query = input['choices.data']
  const fixed = (input.choices ?? []).filter(({ title }) => title.toLowerCase().includes(typed.toLowerCase()))
  if (query === undefined || typed === '' || !simulation.hasTypeahead) return fixed
  const value = {
    queryText: typed,
    queryOptions: { skip: 0, top: 15 },
    dataset: query.dataset,
    ...(query.associatedInputs === 'auto' && { data: inputValues(sheet) }),
  }
  const conversation = ownConversation(client, desk.conversation)
  const ack = await invoke(client, { conversation, message: desk.message }, 'application/search', value)
  if (!ack.ok) throw new Error(`no choices for "${labelOf(input)}": ${ack.error}`)
  const offered = readSearchAnswer(ack)
  sheet.offered.set(input.id, [...offered, ...(sheet.offered.get(input.id) ?? [])])
  return offered
}

/** Chooses by title or value: one choice, or several where the menu takes several (an empty list clears it). */
export async function choose(
  client: Client,
  desk: Desk,
  name: string,
  names: readonly string[],
  typed?: string,
): Promise<void> {
  const { sheet } = desk
  const input = findInput(sheet.card, name)
  if (input.type !== 'Input.ChoiceSet') throw new Error(`"${name}" is no menu; use fill`)
  if (names.length > 1 && input.isMultiSelect !== true) throw new Error(`"${labelOf(input)}" takes one choice`)
  const chosen: Choice[] = []
  for (const wanted of names) chosen.push(await findChoice(client, desk, input, wanted, typed))
  sheet.chosen.set(input.id, chosen)
  sheet.complaints.delete(input.id)
  client.simulation.recorder.changed()
}

async function findChoice(client: Client, desk: Desk, input: CardInput, name: string, typed?: string): Promise<Choice> {
  const { sheet } = desk
  const known = () => [
    ...(sheet.chosen.get(input.id) ?? []),
    ...(input.choices ?? []),
    ...(sheet.offered.get(input.id) ?? []),
  ]
  const named = (all: readonly Choice[]) =>
    all.find(({ title }) => title === name) ?? all.find(({ value }) => value === name)
  const held = typed === undefined ? named(known()) : undefined
  if (held !== undefined) return held
  const offered = await suggestionsFor(client, desk, input.id, typed ?? name)
  const found = named(offered) ?? named(known())
  if (found !== undefined) return found
  const list = offered.map(({ title }) => `"${title}"`).join(', ') || 'nothing'
  throw new Error(`"${labelOf(input)}" does not offer "${name}"; it offers ${list}`)
}
