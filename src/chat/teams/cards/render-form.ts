import { clean, cleanLine, cutEnd } from '../../../domain/clean.ts'
import { distinct } from '../../../views/distinct.ts'
import type { FormView, Input, Option, Origin } from '../../../views/view-model.ts'
import { encodeField, encodeForm } from '../../conversation/codec.ts'
import type { FieldError } from '../../conversation/fields.ts'
import { backButton, backData, button } from './actions.ts'
import type { AdaptiveCard, CardAction, CardInput, Choice, Element } from './card-schema.ts'
import type { Part } from './fit.ts'
import { hiddenIn, joined, searchField } from './form-data.ts'
import { limits } from './limits.ts'
import { card, codeParts, fieldParts, quotePart } from './render.ts'
import { heading, paragraph, plain } from './text.ts'

type Size = 'small' | 'medium' | 'large'

/** The value of `task: {type: 'continue', value}`. */
export type Dialog = {
  readonly title: string
  readonly width: Size
  readonly height: Size
  readonly card: { readonly contentType: 'application/vnd.microsoft.card.adaptive'; readonly content: AdaptiveCard }
}

/** The first entries of each menu that asks for entries while a person types; the key is the id of the field. */
export type Choices = { readonly [field: string]: readonly Option[] }

type Menu = { readonly choices?: Choices | undefined; readonly search?: string | undefined }

export type DialogPlace = {
  /** For later private answers there. */
  readonly conversation?: string | undefined
  readonly choices?: Choices | undefined
  /** A sentence above the form, such as on what to check. */
  readonly say?: string | undefined
  /** The words that found the choices. */
  readonly search?: string | undefined
}

/** Renders a dialog. Its cross closes it, so it has no button for that. */
export const toDialog = (form: FormView, { conversation, choices, say, search }: DialogPlace = {}): Dialog => {
  const actions = [
    ...form.actions.map((action) => button(action, { isInDialog: true })),
    ...sendActions(form, conversation),
  ]
  const content = card(
    formParts(form, say, { choices, search }),
    [],
    undefined,
    actions.length > 0 ? actions.slice(0, limits.actionsInRow) : undefined,
  )
  return {
    title: cutEnd(cleanLine(form.title), limits.title) || ' ',
    ...sizeOf(form),
    card: { contentType: 'application/vnd.microsoft.card.adaptive', content },
  }
}

const sizeOf = ({ inputs, code = [] }: FormView): { width: Size; height: Size } => ({
  width: code.length > 3 ? 'large' : 'medium',
  height: inputs.length > 2 || code.length > 3 ? 'large' : 'medium',
})

/** Buttons of a dialog: to send it, and to draw it again after a choice on which other fields depend. */
const sendActions = (form: FormView, conversation: string | undefined): CardAction[] => {
  const { submit } = form
  if (!submit) return []
  const data = { form: encodeForm({ command: submit.command, conversation }), ...hiddenIn(form) }
  return [
    {
      type: 'Action.Submit',
      title: plain(submit.label, limits.button),
      style: 'positive',
      data: { ...data, act: 'send' },
    },
    ...(data.shown
      ? [{ type: 'Action.Submit' as const, title: 'Show choices', data: { ...data, act: 'update' as const } }]
      : []),
  ]
}

/** `back` is the message of the pressed button. */
export type InPlace = {
  readonly back: Origin | undefined
  readonly conversation?: string | undefined
  readonly say?: string | undefined
  /** Seals the payload of the form for its reader. A form without a seal does nothing. */
  readonly seal?: ((payload: string) => string) | undefined
}

/** Renders a form as a card in the place of the message of its button, for the presser alone. */
export const toFormInPlace = (form: FormView, { say, ...place }: InPlace): AdaptiveCard => {
  const { back } = place
  const actions = [
    ...inPlaceActions(form, place),
    ...form.actions.map((action) => button(action)),
    ...(back ? [backButton(form.close ?? (form.submit ? 'Cancel' : 'Back'), back)] : []),
  ]
  const parts = [[heading(form.title, 'large')], ...formParts(form, say)]
  return card(parts, [], back, actions.length > 0 ? actions.slice(0, limits.actionsInRow) : undefined)
}

const inPlaceActions = ({ submit, ...form }: FormView, { conversation, back, seal }: InPlace): CardAction[] => {
  if (!submit) return []
  const shown = { title: plain(submit.label, limits.button), style: 'positive' } as const
  const payload = encodeForm({ command: submit.command, conversation })
  const data = {
    ...{ form: payload, act: 'send' as const, ...hiddenIn(form) },
    ...(back && { back: backData(back) }),
    ...(seal && { seal: seal(payload) }),
  }
  return [{ type: 'Action.Execute', ...shown, verb: 'form', data, fallback: { type: 'Action.Submit', ...shown, data } }]
}

const formParts = (form: FormView, say: string | undefined, menu: Menu = {}): Part[] => [
  ...(say ? [paragraph([say], { color: 'attention' })] : []),
  ...fieldParts(form.fields ?? []),
  ...(form.quotes ?? []).map(quotePart),
  ...form.notes.map((note) => paragraph(note)),
  ...form.inputs.map((input) => inputPart(input, input === searched(form) ? 'searched' : 'plain', menu)),
  ...codeParts(form.code ?? []),
]

/**
 * An input with its error and hint below it. No input is marked as required: that would also hold back the button that
 * draws the form again, and Teams would say the same in other words than we do. The label tells screen readers of the error.
 */
const inputPart = (input: Input, is: 'searched' | 'plain', menu: Menu): Part => [
  field(input, is === 'searched' ? menu : { choices: menu.choices }),
  ...(input.error ? paragraph([`⚠ ${input.error}`], { color: 'attention', spacing: 'small' }) : []),
  ...(input.hint ? paragraph([input.hint], { size: 'small', isSubtle: true, spacing: 'small' }) : []),
  ...(is === 'searched' ? [searchInput(menu.search)] : []),
]

const field = (input: Input, { choices = {}, search }: Menu): CardInput => {
  const id = encodeField({ name: input.name, scope: 'scope' in input ? input.scope : undefined })
  const label = plain(`${input.label}${markOf(input)}`, limits.label)
  const shown = { id, label, spacing: 'medium' } as const
  switch (input.kind) {
    case 'paragraph':
      return {
        type: 'Input.Text',
        ...shown,
        isMultiline: input.isLine !== true,
        maxLength: input.max,
        ...(input.value && { value: cutEnd(clean(input.value), input.max) }),
        ...placeholderOf(input.placeholder),
      }
    case 'select': {
      const entries = toChoices(input.options, limits.options)
      const chosen = entries.find(({ value }) => value === input.value)
      return {
        type: 'Input.ChoiceSet',
        ...shown,
        style: 'compact',
        choices: entries,
        ...(chosen && { value: chosen.value }),
      }
    }
    case 'typeahead': {
      const chosen = input.values.slice(0, input.most)
      const others = (choices[id] ?? []).filter(({ value }) => chosen.every((each) => each.value !== value))
      const entries = toChoices([...chosen, ...others].slice(0, Math.max(limits.suggestions, chosen.length)))
      return {
        type: 'Input.ChoiceSet',
        ...shown,
        style: 'filtered',
        isMultiSelect: true,
        // Teams refuses an empty list.
        choices:
          entries.length > 0 ? entries : [{ title: search ? notFound : 'Type a part of its path', value: 'nothing' }],
        // Clients that ask for entries in vain may show none of these, so what a search found is the whole menu.
        ...(!search && { 'choices.data': { type: 'Data.Query', dataset: id } }),
        ...(chosen.length > 0 && { value: joined(chosen) }),
        ...placeholderOf(search ? (others.length > 0 ? 'Pick what was found' : notFound) : input.placeholder),
      }
    }
    default:
      return input satisfies never
  }
}

const notFound = 'Nothing that you may ask for was found'

/** What a label says besides the name. */
const markOf = (input: Input): string => {
  if (input.error) return ' (please check)'
  return 'min' in input && input.min === 0 ? ' (optional)' : ''
}

/** The menu of the words in the search input. */
const searched = ({ inputs }: FormView): Input | undefined =>
  inputs.find((input) => input.kind === 'typeahead' && input.reloads)

/** Some clients open no list while a person types; the button "Show choices" sends these words. */
const searchInput = (words: string | undefined): Element => ({
  type: 'Input.Text',
  id: searchField,
  label: 'Search here if no list opens while you type',
  ...(words && { value: cutEnd(cleanLine(words), limits.placeholder) }),
  placeholder: 'Part of its path, then “Show choices”',
  spacing: 'small',
})

const placeholderOf = (words: string | undefined) => (words ? { placeholder: plain(words, limits.placeholder) } : {})

/** The entries of a menu, no two looking the same; also for `application/search`. */
export const toChoices = (options: readonly Option[], most: number = limits.suggestions): Choice[] => {
  const shown = options.filter(({ value }) => value !== '' && !value.includes(',')).slice(0, most)
  const titles = distinct(
    shown.map(({ label }) => cleanLine(label) || ' '),
    limits.option,
  )
  return shown.map(({ value, hint }, index) => ({
    title: plain([titles[index], hint].filter((part) => part).join(' · '), limits.label),
    value,
  }))
}

/**
 * The form with errors beside its inputs; an error without its input goes to the first one. Of several beside one input
 * the first shows, because the others are about what depends on it.
 */
export const withErrors = (form: FormView, errors: readonly FieldError[]): FormView => ({
  ...form,
  inputs: form.inputs.map((input, index) => {
    const isIn = (each: Input, { field }: FieldError) =>
      each.name === field.name && ('scope' in each ? each.scope : undefined) === field.scope
    const own = errors.find(
      (error) => isIn(input, error) || (index === 0 && !form.inputs.some((each) => isIn(each, error))),
    )
    return own ? { ...input, error: own.sentence } : input
  }),
})
