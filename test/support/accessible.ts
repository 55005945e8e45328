import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { keyboardReachesAll } from './keyboard.ts'

/** Throws unless the page is accessible in light and dark, fits a phone, and can be used with the keyboard alone. */
export type AccessibilityCheck = (page: Page) => Promise<void>

const looks = [
  { colorScheme: 'light', width: 1200 },
  { colorScheme: 'dark', width: 1200 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
] as const

export const accessibilityCheck = async (): Promise<AccessibilityCheck> => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const violations = async (page: Page) => {
    await page.evaluate(axe)
    return page.evaluate<string[]>(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes.map(({ target }) => target).join()))',
    )
  }
  return async (page) => {
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 844 })
      expect(await violations(page), `${colorScheme}, ${width} pixels`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
    await keyboardReachesAll(page)
  }
}
