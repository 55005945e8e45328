/* global AdaptiveCards */
let count = 0

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/**
 * A choice set that is searched while a person types, also one with several values, which the library draws as
 * checkboxes. The library's own text box has neither id nor label for screen readers.
 */
class FilteredChoices extends AdaptiveCards.ChoiceSetInput {
  internalParse(source, context) {
    super.internalParse(source, context)
    // The library forgets the query of a card below version 1.6; Teams does not.
    this.dataset = source['choices.data']?.dataset
  }

  isDynamicTypeahead() {
    return false
  }

  internalRender() {
    if (this.style !== 'filtered') return super.internalRender()
    count += 1
    const id = `filtered-${count}`
    this.box = element('input', { id, type: 'text', autocomplete: 'off', spellcheck: false })
    this.box.placeholder = this.placeholder ?? 'Search'
    const attributes = { role: 'combobox', 'aria-expanded': 'false', 'aria-autocomplete': 'list' }
    for (const [name, value] of Object.entries(attributes)) this.box.setAttribute(name, value)
    this.box.setAttribute('aria-controls', `${id}-list`)
    if (this.isRequired) this.box.setAttribute('aria-required', 'true')
    Object.assign(this.box.dataset, { do: 'search', minimum: '0' })
    if (this.isMultiSelect) this.box.dataset.many = ''
    this.list = element('ul', { id: `${id}-list`, hidden: true, ariaLabel: 'Options' })
    this.list.setAttribute('role', 'listbox')
    this.chips = element('div', { className: 'chips' })
    this.titles = new Map(this.choices.map(({ title, value }) => [value, title]))
    const wrapper = element('div', { className: 'typeahead' }, ...(this.isMultiSelect ? [this.chips] : []))
    wrapper.append(this.box, this.list)
    inputs.set(this.box, this)
    const separator = this.hostConfig.choiceSetInputValueSeparator
    this.show(this.defaultValue ? (this.isMultiSelect ? this.defaultValue.split(separator) : [this.defaultValue]) : [])
    return wrapper
  }

  /** Shows these values as chosen. */
  show(values) {
    this.chosen = values
    const title = (value) => this.titles.get(value) ?? value
    this.box.value = this.isMultiSelect ? '' : values.map(title).join('')
    this.box.dataset.shown = this.box.value
    this.box.dataset.chosen = JSON.stringify(values)
    if (this.isMultiSelect) this.chips.replaceChildren(...values.map((value) => this.chip(value, title(value))))
  }

  chip(value, title) {
    const cross = element('span', { ariaHidden: 'true', textContent: ' ×' })
    const words = element('span', { className: 'hidden-text', textContent: ', remove' })
    const chip = element('button', { type: 'button', className: 'chip' }, title, cross, words)
    chip.addEventListener('click', () => {
      this.choose(this.chosen.filter((other) => other !== value))
      this.box.focus()
    })
    return chip
  }

  choose(values, option) {
    if (option !== undefined) this.titles.set(option.value, option.label)
    this.show(values)
    this.valueChanged()
  }

  updateInputControlAriaLabelledBy() {
    if (this.box === undefined) return super.updateInputControlAriaLabelledBy()
    const ids = this.getAllLabelIds()
    if (ids.length > 0) this.box.setAttribute('aria-labelledby', ids.join(' '))
    else this.box.setAttribute('aria-label', this.box.placeholder)
    return undefined
  }

  get value() {
    if (this.box === undefined) return super.value
    return this.chosen.join(this.hostConfig.choiceSetInputValueSeparator) || undefined
  }

  isSet() {
    return this.box === undefined ? super.isSet() : this.chosen.length > 0
  }

  isValid() {
    return this.box === undefined ? super.isValid() : true
  }

  focus() {
    if (this.box === undefined) super.focus()
    else this.box.focus()
  }
}

const inputs = new WeakMap()
AdaptiveCards.GlobalRegistry.elements.register('Input.ChoiceSet', FilteredChoices, AdaptiveCards.Versions.v1_0)

/** Choices of the card itself that contain the typed words. */
const ownChoices = ({ choices }, query) =>
  choices
    .filter(({ title }) => title.toLowerCase().includes(query.toLowerCase()))
    .map(({ title, value }) => ({ label: title, value }))

/**
 * What comboboxes of cards do. `ask(box, field, query)` resolves with the app’s choices, `undefined` if it cannot be
 * asked, or `'off'` where clients do not ask.
 */
export const choicesOf = (ask) => ({
  search: async (box, query) => {
    const input = inputs.get(box)
    if (input.dataset === undefined || query === '') return ownChoices(input, query)
    const answer = await ask(box, input.id, query)
    if (answer === 'off') return ownChoices(input, query)
    return answer?.map(({ title, value }) => ({ label: title, value }))
  },
  choose: (box, values, option) => inputs.get(box).choose(values, option),
})
