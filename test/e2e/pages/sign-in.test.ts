import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../src/demo/latchkey-process.ts'
import { personId } from '../../../src/domain/ids.ts'
import { secret } from '../../../src/domain/secret.ts'
import { issuerIdentity } from '../../../src/domain/sign-in.ts'
import { after, type Seconds, seconds } from '../../../src/domain/time.ts'
import type { RunningServer } from '../../../src/http/server.ts'
import { openIdSignIn } from '../../../src/identity/open-id.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { type Human, startIssuer, type TestIssuer } from '../../support/issuer.ts'
import { openBao, type TestVault } from '../../support/openbao.ts'
import { loopbackProxy } from '../../support/openbao-proxy.ts'
import { fakeFetch, type Judge, now, startPages, wrappingToken } from './fake-fetch.ts'

let vault: TestVault
let port: number
let issuer: TestIssuer
/** The link's own person, somebody else, and an account that belongs to nobody. */
let humans: { readonly holder: Human; readonly other: Human; readonly visitor: Human }
let browser: Browser
let check: AccessibilityCheck
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
let passed: Seconds
let pages: Page[]

const redirectUri = () => `http://127.0.0.1:${port}/fetch/callback`

beforeAll(async () => {
  vault = await openBao()
  port = await freePort()
  const { address } = vault.server
  // Another host than ours, so that the browser comes back from another site, as it does in real life.
  const publicAddress = address.replace('127.0.0.1', 'localhost')
  issuer = await startIssuer({ admin: vault.admin, address, redirectUri: redirectUri(), publicAddress })
  humans = {
    holder: await issuer.signUp('developer'),
    other: await issuer.signUp('database-owner'),
    visitor: await issuer.signUp('visitor'),
  }
  check = await accessibilityCheck()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await vault?.stop()
})

beforeEach(async () => {
  passed = seconds(0)
  pages = []
  fake = fakeFetch(judge)
  server = await start()
})
afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()))
  await server.close()
})

const judge: Judge = ([account]) => {
  if (!account) return { kind: 'unusable' }
  const isOf = ({ sub }: Human) => account.subject === issuerIdentity(issuer.issuer, { sub }).subject
  const person = (name: string) => ({ id: personId(name), name, identities: [] })
  if (isOf(humans.holder)) return { kind: 'confirmed', person: person('Developer on call') }
  if (isOf(humans.other)) return { kind: 'other-person', person: person('Database owner') }
  return { kind: 'nobody', accounts: [account] }
}

const start = ({ issuer: url, clientId, clientSecret } = issuer) => {
  const clock = { now: () => after(now, passed) }
  const settings = { issuer: url, clientId, clientSecret: secret(clientSecret), kind: 'generic', scopes: [] } as const
  const signIn = openIdSignIn({ ...settings, redirectUri: redirectUri(), clock })
  return startPages(fake.useCases, { port, publicUrl: `http://127.0.0.1:${port}`, clock, signIn })
}
const restart = async (at = issuer) => {
  await server.close()
  server = await start(at)
}

const newPage = async (options?: BrowserContextOptions): Promise<Page> => {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  pages.push(page)
  return page
}
const linkTo = (nonce: string) => `${server.url}/fetch/${nonce}`
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()

/** Opens the link and presses the button; ends on the issuer's page. */
const leave = async (page: Page, nonce = fake.open()): Promise<string> => {
  await page.goto(linkTo(nonce))
  await press(page, 'Sign in')
  await page.locator('#auth-submit').waitFor()
  return nonce
}
const signIn = async (page: Page, human: Human, nonce = fake.open()): Promise<string> => {
  await leave(page, nonce)
  await issuer.signInOn(page, human)
  return nonce
}
/** The address that brings the browser back, held back on its way. */
const heldBack = async (page: Page, human: Human, nonce = fake.open()): Promise<string> => {
  await leave(page, nonce)
  const asked = new URL(page.url()).searchParams.get('redirect_to') ?? ''
  return issuer.authorize(new URL(asked, issuer.issuer).href, human)
}

describe('a link that asks for a sign-in', () => {
  it('says nothing of what it leads to, and looking at it changes nothing', async () => {
    const nonce = fake.open()
    for (const method of ['GET', 'HEAD', 'GET']) {
      const response = await fetch(linkTo(nonce), { method })
      expect(response.status).toBe(200)
      expect(await response.text()).not.toContain('billing')
    }
    expect(fake.counts.changes).toBe(0)
  })

  it('gives what it leads to when its person has signed in at the issuer’s own page and pressed the button', async () => {
    const page = await newPage()
    const nonce = await signIn(page, humans.holder)
    await heading(page, 'Your access is ready to fetch')
    expect(page.url()).toBe(linkTo(nonce))
    await page.getByText('You are signed in as Developer on call.').waitFor()
    expect(await page.content()).toContain('billing')
    await page.reload()
    expect(fake.counts.changes).toBe(0)
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
    expect(await page.content()).toContain(wrappingToken)
    await page.goto(linkTo(nonce))
    await heading(page, 'You have already fetched this')
  })

  it('needs no JavaScript on our pages', async () => {
    const page = await newPage({ javaScriptEnabled: false })
    // OpenBao's own page needs it, so what that page would do is done for it.
    await page.route(`${new URL(issuer.issuer).origin}/ui/**`, async (route) => {
      const location = await issuer.authorize(route.request().url(), humans.holder)
      await route.fulfill({ status: 302, headers: { location } })
    })
    await page.goto(linkTo(fake.open()))
    await press(page, 'Sign in')
    await heading(page, 'Your access is ready to fetch')
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
  })

  it('asks again for each link and in each browser', async () => {
    const page = await newPage()
    const nonce = await signIn(page, humans.holder)
    await heading(page, 'Your access is ready to fetch')
    await page.goto(linkTo(fake.open()))
    await heading(page, 'Sign in to fetch your access')
    const elsewhere = await newPage()
    await elsewhere.goto(linkTo(nonce))
    await heading(elsewhere, 'Sign in to fetch your access')
  })

  it('forgets who signed in when too much time has passed', async () => {
    const page = await newPage()
    await signIn(page, humans.holder)
    await heading(page, 'Your access is ready to fetch')
    passed = seconds(600)
    await press(page, 'Fetch my access')
    await page.waitForURL(({ hostname }) => hostname === 'localhost')
    expect(fake.counts.changes).toBe(0)
  })
})

describe('somebody else', () => {
  it('gets nothing, and the link still works for its person at the same browser', async () => {
    const page = await newPage()
    await signIn(page, humans.other)
    await heading(page, 'This link is for somebody else')
    expect(await page.content()).not.toContain('billing')
    expect(fake.counts.changes).toBe(0)
    await press(page, 'Sign in with another account')
    // Without being told to ask anew, the issuer would send the other person straight back.
    await issuer.signInOn(page, humans.holder)
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
  })

  it('who is unknown is told the account, so that it can be linked', async () => {
    const page = await newPage()
    await signIn(page, humans.visitor)
    await heading(page, 'Latchkey does not know this account')
    expect(await page.locator('dl').innerText()).toContain(`sub=${humans.visitor.sub}`)
  })

  it('cannot be made to sign in for a browser that holds a stolen link', async () => {
    const thief = await newPage()
    const address = await heldBack(thief, humans.holder)
    const victim = await newPage()
    await victim.goto(address)
    await heading(victim, 'This sign-in began in another browser')
    const returned = await fetch(address, { redirect: 'manual' })
    expect(returned.status).toBe(403)
  })
})

describe('the way back from the issuer', () => {
  it('works once', async () => {
    const page = await newPage()
    const address = await heldBack(page, humans.holder)
    await page.goto(address)
    await heading(page, 'Your access is ready to fetch')
    await page.goto(address)
    await heading(page, 'This sign-in is over')
  })

  it('is not spent by whoever opens its address elsewhere, as scanners do', async () => {
    const page = await newPage()
    const address = await heldBack(page, humans.holder)
    for (const method of ['HEAD', 'GET']) expect((await fetch(address, { method })).status).toBe(403)
    await page.goto(address)
    await heading(page, 'Your access is ready to fetch')
  })

  it('leads nowhere when the link has run out in the meantime', async () => {
    const page = await newPage()
    const nonce = fake.open()
    const address = await heldBack(page, humans.holder, nonce)
    fake.become(nonce, 'expired')
    await page.goto(address)
    await heading(page, 'This link does not work')
    await page.goto(linkTo(nonce))
    await heading(page, 'This link has expired')
  })
})

/** Every page of a sign-in, and how one gets to it. */
const states: Record<string, (page: Page) => Promise<unknown>> = {
  'Sign in to fetch your access': (page) => page.goto(linkTo(fake.open())),
  'Going to the sign-in': async (page) => {
    // Held up, so that there is time to look at the page.
    await page.route(`${new URL(issuer.issuer).origin}/ui/**`, (route) => route.fulfill({ status: 204 }))
    await page.goto(linkTo(fake.open()))
    await press(page, 'Sign in')
  },
  'Your access is ready to fetch': (page) => signIn(page, humans.holder),
  'This link is for somebody else': (page) => signIn(page, humans.other),
  'Latchkey does not know this account': (page) => signIn(page, humans.visitor),
  'You were not signed in': async (page) => {
    await leave(page)
    await page.goto(back(page, { error: 'access_denied' }))
  },
  'The sign-in could not be checked': async (page) => {
    await leave(page)
    await page.goto(back(page, { code: 'made-up' }))
  },
  'The sign-in does not answer': async (page) => {
    await restart({ ...issuer, issuer: 'http://127.0.0.1:1' })
    await page.goto(linkTo(fake.open()))
    await press(page, 'Sign in')
  },
  'This sign-in is over': async (page) => {
    await leave(page)
    passed = seconds(600)
    await page.goto(back(page, { code: 'any' }))
  },
  'This sign-in began in another browser': async (page) => {
    await page.goto(await heldBack(await newPage(), humans.holder))
  },
}

/** What an issuer that is not as it should be sends the browser back with. */
const back = (page: Page, answer: Record<string, string>): string => {
  const asked = new URL(new URL(page.url()).searchParams.get('redirect_to') ?? '', issuer.issuer).searchParams
  return `${redirectUri()}?${new URLSearchParams({ state: asked.get('state') ?? '', ...answer })}`
}

it.each(Object.entries(states))(
  'the page “%s” is accessible in light and dark, and fits a phone',
  async (title, reach) => {
    const page = await newPage()
    await reach(page)
    await heading(page, title)
    await check(page)
    expect(fake.counts.changes).toBe(0)
  },
)

it('an issuer that is gone when the person comes back costs nothing: the link is opened again', async () => {
  const { admin, server: real } = vault
  const proxy = await loopbackProxy(real.address, {})
  const given = { admin, address: real.address, redirectUri: redirectUri(), publicAddress: proxy.address }
  const mortal = await startIssuer({ ...given, name: 'mortal' })
  await restart(mortal)
  const page = await newPage()
  await page.route(`${proxy.address}/ui/**`, async (route) => {
    const location = await mortal.authorize(route.request().url(), humans.holder)
    await proxy.stop()
    await route.fulfill({ status: 302, headers: { location } })
  })
  await page.goto(linkTo(fake.open()))
  await press(page, 'Sign in')
  await heading(page, 'The sign-in does not answer')
  await page.getByRole('link', { name: 'Open the link again' }).click()
  await heading(page, 'Sign in to fetch your access')
})

it('after a restart in the middle, the page says so and the link still works', async () => {
  const page = await newPage()
  const address = await heldBack(page, humans.holder)
  await restart()
  await page.goto(address)
  await heading(page, 'This sign-in is over')
  expect(fake.counts.changes).toBe(0)
})
