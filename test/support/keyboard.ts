import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What a keyboard should reach, in the order of reading; of radio buttons the chosen one stands for its group. */
const prepare = `(() => {
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
  const modal = document.querySelector('dialog:modal') ?? document
  const stands = (one) => one.type !== 'radio' || one.checked ||
    !document.querySelector('input[type=radio][name="' + CSS.escape(one.name) + '"]:checked')
  globalThis.stops = [...modal.querySelectorAll(kinds)].filter((one) =>
    one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.closest('[inert]') === null && stands(one))
  const start = document.createElement('span')
  start.tabIndex = -1
  ;(modal === document ? document.body : modal).prepend(start)
  start.focus()
  start.remove()
  return globalThis.stops.map((one) => (one.innerText || one.ariaLabel || one.placeholder || one.id || one.value).slice(0, 60))
})()`

/** Where the focus is, and whether somebody who looks can see that. */
const here = `(() => {
  const active = document.activeElement
  const marked = [active, active.closest('label'), ...(active.labels ?? [])].filter((one) => one !== null)
  const isSeen = marked.some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    return outlineStyle !== 'none' && outlineWidth !== '0px'
  })
  return { stop: globalThis.stops.indexOf(active), isSeen }
})()`

/** Throws unless Tab alone leads to everything that can be used, in the order of reading, and shows where it is. */
export const keyboardReachesAll = async (page: Page): Promise<void> => {
  const names = await page.evaluate<string[]>(prepare)
  const reached: string[] = []
  const unseen: string[] = []
  let last = -1
  for (let presses = 0; presses < names.length * 2 + 5 && last < names.length - 1; presses += 1) {
    await page.keyboard.press('Tab')
    const { stop, isSeen } = await page.evaluate<{ stop: number; isSeen: boolean }>(here)
    const name = names[stop]
    if (name === undefined) continue // a scrolled area, which browsers make reachable themselves
    if (stop <= last) break
    last = stop
    reached.push(name)
    if (!isSeen) unseen.push(name)
  }
  expect(reached, 'reached with Tab').toEqual(names)
  expect(unseen, 'reached, but nothing shows it').toEqual([])
}
