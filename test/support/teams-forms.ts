import { isObject } from '../../src/simulator/common/json.ts'
import { type AdaptiveCard, actionsOf, type CardAction, inputsOf } from '../../src/simulator/teams/cards.ts'
import type { TeamsMessage } from '../../src/simulator/teams/messages.ts'
import type { SimulatedField } from '../../src/simulator/teams/sheet.ts'
import { cardText } from '../../src/simulator/teams/visible-text.ts'
import type { SeenField, SeenView } from './hands.ts'

const dataIn = ({ data }: CardAction) => (isObject(data) ? data : {})
/** Whether a button sends its form; the other one draws it again. */
export const sends = (action: CardAction): boolean => {
  const { form, act = 'send' } = dataIn(action)
  return form !== undefined && act === 'send'
}
/** Whether a button draws a form again whose other fields depend on this one. */
export const redraws = (action: CardAction, field: string): boolean => {
  const { act, shown } = dataIn(action)
  return act === 'update' && isObject(shown) && field in shown
}
export const isForm = (card: AdaptiveCard): boolean => inputsOf(card).length > 0 || actionsOf(card).some(sends)

/** The label without its mark that something below is wrong. */
export const plainLabel = (label: string): string => label.replace(/ \((?:please check|optional)\)/g, '')
/** The entry of a menu without its hint. */
export const withoutHint = (title: string): string => title.split(' · ')[0] ?? title
export const labelled = (errors: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(errors).map(([label, text]) => [plainLabel(label), text]))

/** The words below each input that say what is wrong with it, by label. */
export const complaintsIn = (card: AdaptiveCard): Record<string, string> => {
  const found: Record<string, string> = {}
  let label: string | undefined
  for (const element of card.body ?? []) {
    if (element.type.startsWith('Input.')) label = plainLabel(String(element.label ?? element.id))
    else if (label !== undefined && /"color":"attention"/i.test(JSON.stringify(element))) {
      const line = cardText({ type: 'AdaptiveCard', version: '1.5', body: [element] }).replace(/^⚠ /, '')
      found[label] = [found[label], line].filter((part) => part).join(' ')
    }
  }
  return found
}

const linksIn = (card: AdaptiveCard): readonly string[] => JSON.stringify(card).match(/https?:\/\/[^"\\|>\s]+/g) ?? []

/** A dialog, or a form in place, whose heading is its title. */
export type Shown = { readonly card: AdaptiveCard; readonly fields: readonly SimulatedField[]; readonly title?: string }

export const viewOf = ({ card, fields, title }: Shown): SeenView => {
  const [first, ...rest] = card.body ?? []
  const heading = cardText({ ...card, body: first ? [first] : [], actions: [] })
  const body = title === undefined ? rest : (card.body ?? [])
  const complaints = complaintsIn(card)
  const back = actionsOf(card).findLast(({ verb }) => verb === 'refresh')
  return {
    title: title ?? heading,
    text: cardText({ ...card, body }, { withButtons: false, withInputs: false }),
    submit: actionsOf(card).find(sends)?.title,
    close: title === undefined ? back?.title : 'Close',
    // The search field only helps clients that open no list.
    fields: fields.filter(({ id }) => id !== 'search').map((field) => seenField(field, complaints)),
    get links() {
      return linksIn(card)
    },
  }
}

const seenField = (field: SimulatedField, complaints: Readonly<Record<string, string>>): SeenField => {
  const label = plainLabel(field.label)
  const isMenu = field.kind === 'Input.ChoiceSet'
  return {
    label,
    value: isMenu ? field.chosen.map(({ title }) => withoutHint(title)).join(', ') : field.raw,
    options: field.hasTypeahead ? [] : field.options.map(withoutHint),
    error: field.error || (complaints[label] ?? ''),
  }
}

/** Teams tells nobody that a bot took no message; a person who waits in vain does it again. */
export const silence: AdaptiveCard = {
  type: 'AdaptiveCard',
  version: '1.5',
  body: [{ type: 'TextBlock', text: 'No answer came. Please try again.' }],
}

/** Typed words: their message and conversation, and what the bot had said before. */
export type Command = { readonly id: string; readonly conversation: string; readonly before: ReadonlySet<string> }

/**
 * The bot's answers to typed words among its messages of the personal chat. Words typed elsewhere are answered by the next
 * message there that answers nothing else, and that was not `taken` as the answer to others.
 */
export const repliesTo = (
  { id, conversation, before }: Command,
  mine: readonly TeamsMessage[],
  taken: ReadonlyMap<string, string>,
): readonly TeamsMessage[] =>
  mine.some((each) => each.conversation === conversation)
    ? mine.filter(({ replyToId }) => replyToId === id)
    : mine.filter((each) => !before.has(each.id) && !taken.has(each.id) && each.replyToId === undefined).slice(0, 1)
