/* global AdaptiveCards */
import './filtered-choices.js'
import { hostConfig } from './host-config.js'
import { markdown } from './markdown.js'

AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown(text)
  result.didProcess = true
}
AdaptiveCards.GlobalSettings.setTabIndexAtCardRoot = false
const config = new AdaptiveCards.HostConfig(hostConfig)

/** Cards that are drawn, by their place in the page. */
const drawn = new WeakMap()

/** What was entered into the card at this place: values by input id. */
export const valuesOf = (place) =>
  Object.fromEntries(
    drawn
      .get(place)
      .getAllInputs()
      .filter(({ id, value }) => id && value !== undefined && value !== '')
      .map(({ id, value }) => [id, String(value)]),
  )

/**
 * Draws the card that waits in `data-card`. `onPress(place, index, action)` is called when a button is used and every
 * needed field is filled in; the simulator has numbered the buttons.
 */
export function drawCard(place, onPress) {
  const card = new AdaptiveCards.AdaptiveCard()
  card.hostConfig = config
  card.parse(JSON.parse(place.dataset.card))
  card.onExecuteAction = (action) => onPress(place, Number(action.id), action)
  drawn.set(place, card)
  place.replaceChildren(card.render())
}
