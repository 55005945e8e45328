import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Human } from './issuer.ts'
import type { SignInWorld } from './sign-in-world.ts'

/** Somebody at a browser of their own, on the pages for people. */
export type Surfer = {
  readonly page: Page
  readonly context: BrowserContext
  /** Opens a page below `/access`, with a sign-in where that is needed. */
  open(path?: string): Promise<void>
  press(name: string | RegExp): Promise<void>
  follow(name: string | RegExp): Promise<void>
  /** Waits for a page. */
  see(heading: string | RegExp): Promise<void>
}

/** Opens a browser for a person of the world, whom the issuer remembers: it sends them back at once. */
export const surferIn = async (
  { world, issuer }: SignInWorld,
  browser: Browser,
  human: Human,
  options: BrowserContextOptions = {},
): Promise<Surfer> => {
  const context = await browser.newContext(options)
  await context.route(`${new URL(issuer.issuer).origin}/**`, async (route) => {
    const location = await issuer.authorize(route.request().url(), human)
    await route.fulfill({ status: 302, headers: { location } })
  })
  const page = await context.newPage()
  return {
    page,
    context,
    async open(path = '') {
      await page.goto(`${world.latchkey().url}/access${path}`)
      await page.locator('h1').filter({ hasNotText: 'Going to the sign-in' }).waitFor()
    },
    press: (name) =>
      page
        .getByRole('button', { name, exact: typeof name === 'string' })
        .first()
        .click(),
    follow: (name) =>
      page
        .getByRole('link', { name, exact: typeof name === 'string' })
        .first()
        .click(),
    see: (name) => page.getByRole('heading', { level: 1, name }).waitFor(),
  }
}
