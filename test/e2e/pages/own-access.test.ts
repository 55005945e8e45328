import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBrowser, unwrap } from '../../../src/demo/person.ts'
import { openBrowser } from '../../support/browser.ts'
import { eventually } from '../../support/eventually.ts'
import type { Human } from '../../support/issuer.ts'
import type { RequestRecord } from '../../support/records.ts'
import { type SignInWorld, signInWorld } from '../../support/sign-in-world.ts'
import { type Story, storyIn } from '../../support/story.ts'

let browser: Browser
let there: SignInWorld
let story: Story
let endings: (() => Promise<unknown>)[]

beforeAll(async () => {
  browser = await openBrowser()
  there = await signInWorld()
  story = storyIn(there.world)
})
beforeEach(() => {
  endings = []
})
afterEach(async () => {
  for (const end of endings.reverse()) await end()
})
afterAll(async () => {
  await browser?.close()
  await there?.stop()
})

const newContext = async (): Promise<BrowserContext> => {
  const context = await browser.newContext()
  endings.push(() => context.close())
  return context
}
const newPage = async (): Promise<Page> => (await newContext()).newPage()
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
/** Goes to the issuer, with a press where many went before. */
const leave = async (page: Page, url: string) => {
  await page.goto(url)
  const button = page.getByRole('button', { name: 'Sign in', exact: true })
  if ((await page.title()).startsWith('Sign in to open this page')) await button.click()
}
const signedIn = async (page: Page, url: string, human: Human) => {
  await leave(page, url)
  await there.issuer.signInOn(page, human)
}
const ready = (page: Page) => heading(page, 'Your access is ready to fetch')

/** The address behind a button of the newest message with it that this person has. */
const addressOf = (account: string, label: string): Promise<string> =>
  eventually(
    () => {
      const buttons = there.world.slack
        .person(account)
        .inbox()
        .flatMap(({ blocks }) => JSON.stringify(blocks ?? []).match(/\{[^{}]*"text":\{[^{}]*\}[^{}]*\}/g) ?? [])
        .map((text) => JSON.parse(text) as { text: { text: string }; url?: string })
      return buttons.findLast(({ text, url }) => text.text === label && url)?.url
    },
    { about: () => `${account} has a button “${label}” that opens a page` },
  )
const myAccess = () => addressOf(story.cast.developer.hands.id, 'Open my access')

const approved = async (): Promise<RequestRecord & { url: string }> => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const state = () => story.records.request(request.id).grant?.state
  endings.push(async () => {
    if (state() === 'active') await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
  const id = story.records.request(request.id).grant?.id ?? ''
  const url = await eventually(async () => {
    const found = await myAccess()
    return found.endsWith(`/fetch/access/${id}`) && found
  })
  return { ...request, url }
}
const wrapped = (page: Page) => page.locator('input[name=token]').inputValue()
const kinds = ({ id }: RequestRecord) => story.records.auditOf(id).map(({ kind }) => kind)
const refusals = (code: string) =>
  story.records.audit().filter(({ kind, detail }) => kind === 'refused' && detail.code === code)

describe('from need to secret', () => {
  test('takes the requester three presses, where the issuer remembers them', async () => {
    const { developer, owner } = story.cast
    const context = await newContext()
    // They have signed in at the issuer this morning.
    const earlier = await approved()
    const morning = await context.newPage()
    await signedIn(morning, earlier.url, there.humans.developer)
    await ready(morning)
    await story.press(developer, earlier, 'Give back now')
    await story.untilState(earlier, 'ended')

    const presses: string[] = []
    await story.openForm(developer)
    presses.push('Send request')
    const before = story.records.newestOf(developer.key)?.id
    expect((await developer.hands.submit()).closed).toBe(true)
    const request = await eventually(() => {
      const newest = story.records.newestOf(developer.key)
      return newest?.id !== before && newest
    })
    await story.approve(owner, request)
    const page = await context.newPage()
    presses.push('Open my access')
    const id = story.records.request(request.id).grant?.id ?? ''
    await page.goto(await eventually(async () => (await myAccess()).includes(id) && myAccess()))
    await ready(page)
    await page.getByText('You are signed in as Developer on call.').waitFor()
    presses.push('Fetch my access')
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
    expect(await story.read(await unwrap(there.world.vault.address, await wrapped(page)))).toBe(200)
    console.info(`From need to secret: ${presses.length} presses (${presses.join(', ')}).`)
    expect(presses).toHaveLength(3)
    expect(kinds(request).slice(-4)).toEqual(['link-confirmed', 'link-opened', 'link-redeemed', 'credential-issued'])
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

describe('the page of an access', () => {
  test('gives one token for one sign-in, and its link works nowhere else', async () => {
    const request = await approved()
    const page = await newPage()
    await signedIn(page, request.url, there.humans.developer)
    await ready(page)
    expect(kinds(request)).not.toContain('link-opened')
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
    const token = await unwrap(there.world.vault.address, await wrapped(page))
    const action = await page.locator('form[action$="/reveal"]').getAttribute('action')
    const link = new URL(String(action).replace(/\/reveal$/, ''), page.url()).href
    const stranger = await newBrowser().redeem(link)
    expect(stranger.wrappingToken).toBeUndefined()
    expect(stranger.html).toContain('Going to the sign-in')
    expect(await story.read(token)).toBe(200)
    await page.goto(link)
    await heading(page, 'You have already fetched this')
  })

  test('reveals the token on itself, too', async () => {
    const request = await approved()
    const page = await newPage()
    await signedIn(page, request.url, there.humans.developer)
    await press(page, 'Fetch my access')
    await press(page, 'Reveal the token here')
    await heading(page, 'Here is your token')
  })

  test('in a second browser says when the first one fetched it; a report withdraws that token', async () => {
    const request = await approved()
    const first = await newPage()
    await signedIn(first, request.url, there.humans.developer)
    await press(first, 'Fetch my access')
    await heading(first, 'Here is your access')
    const token = await unwrap(there.world.vault.address, await wrapped(first))
    const second = await newPage()
    await signedIn(second, request.url, there.humans.developer)
    await ready(second)
    await second.getByText('in another browser').waitFor()
    await press(second, 'This was not me')
    await heading(second, 'It has been reported')
    await story.untilRefused(token)
    await story.untilTold(story.cast.owner, 'A one-time link was reported')
  })
})

describe('somebody who knows the address', () => {
  test('learns nothing from it: every address leads to the sign-in, and no row is read or written', async () => {
    const request = await approved()
    const before = story.records.audit().length
    const base = new URL(request.url).origin
    const answers = await Promise.all(
      [request.url, `${base}/fetch/access/${'0'.repeat(32)}`].map((url) => newBrowser().look(url)),
    )
    const same = answers.map(({ status, html }) => [status, html.replaceAll(/state=[\w.%-]+|[\w-]{43}/g, '…')])
    expect(same[0]).toEqual(same[1])
    expect(same[0]?.[0]).toBe(200)
    expect(story.records.audit()).toHaveLength(before)
  })

  test('gets nothing as another person, and cannot tell an access from none; each try is audited', async () => {
    const request = await approved()
    const base = new URL(request.url).origin
    const thief = await newPage()
    const texts: string[] = []
    for (const url of [request.url, `${base}/fetch/access/${'0'.repeat(32)}`]) {
      await thief.context().clearCookies()
      await thief.goto(url)
      if (texts.length === 0) await there.issuer.signInOn(thief, there.humans.databaseOwner)
      await heading(thief, 'There is nothing here for you')
      texts.push(await thief.locator('main').innerText())
    }
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]).not.toContain('orders')
    expect(refusals('not-the-requester').at(-1)).toMatchObject({ actor: { id: 'database-owner' } })
    expect(refusals('no-such-request').at(-1)).toMatchObject({ actor: { id: 'database-owner' } })
    expect(kinds(request)).not.toContain('link-opened')
  })

  test('gets nothing with an account that belongs to nobody', async () => {
    const request = await approved()
    const thief = await newPage()
    await signedIn(thief, request.url, there.humans.visitor)
    await heading(thief, 'Latchkey does not know this account')
    expect(await thief.content()).not.toMatch(/orders|has told/)
    expect(refusals('unknown-person').at(-1)?.actor).toMatchObject({ platform: 'oidc' })
  })

  test('cannot press for the holder: a form from elsewhere, or without the holder’s sign-in, gives nothing', async () => {
    const request = await approved()
    const page = await newPage()
    await signedIn(page, request.url, there.humans.developer)
    await ready(page)
    const form = await page.locator('input[name=form]').first().inputValue()
    const cookies = await page.context().cookies(request.url)
    const send = async (headers: Record<string, string>, names: RegExp) => {
      const cookie = cookies.filter(({ name }) => names.test(name)).map(({ name, value }) => `${name}=${value}`)
      const body = new URLSearchParams({ form })
      return (
        await fetch(request.url, { method: 'POST', body, headers: { cookie: cookie.join('; '), ...headers } })
      ).text()
    }
    expect(await send({ origin: 'https://evil.example.com' }, /./)).toContain('That did not come from our page')
    expect(await send({ 'sec-fetch-site': 'cross-site' }, /./)).toContain('That did not come from our page')
    // Whoever planted the browser’s cookie before the sign-in does not have what was drawn at its end.
    expect(await send({}, /^latchkey-browser$/)).toContain('Going to the sign-in')
    expect(kinds(request)).not.toContain('link-opened')
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
  })

  test('cannot finish a sign-in that began in another browser', async () => {
    const request = await approved()
    const mine = await newPage()
    await mine.goto(request.url)
    await mine.locator('input[name=username]').waitFor()
    const asked = new URL(mine.url()).searchParams.get('redirect_to') ?? ''
    const callback = await there.issuer.authorize(new URL(asked, there.issuer.issuer).href, there.humans.developer)
    const other = await newPage()
    await other.goto(callback)
    await heading(other, 'This sign-in began in another browser')
    await mine.goto(callback)
    await ready(mine)
    await mine.goto(callback)
    await heading(mine, 'This sign-in is over')
  })

  test('changes nothing by opening it often, as previewers do; then it asks for a press', async () => {
    const request = await approved()
    const mine = await newPage()
    await mine.goto(request.url)
    await mine.locator('input[name=username]').waitFor()
    let last = ''
    for (let visit = 0; visit < 40; visit += 1) last = (await newBrowser().look(request.url)).html
    expect(last).toContain('Sign in to open this page')
    expect(last).not.toContain('orders')
    await there.issuer.signInOn(mine, there.humans.developer)
    await ready(mine)
    const next = await newPage()
    await next.goto(request.url)
    await heading(next, 'Sign in to open this page')
    await press(next, 'Sign in')
    await there.issuer.signInOn(next, there.humans.developer)
    await ready(next)
    expect(kinds(request)).not.toContain('link-opened')
  })
})

describe('an access that ends meanwhile', () => {
  test('gives nothing, whether it ends before the sign-in or before the press', async () => {
    const request = await approved()
    const { owner } = story.cast
    const page = await newPage()
    const late = await newPage()
    await signedIn(page, request.url, there.humans.developer)
    await ready(page)
    await leave(late, request.url)
    await story.press(owner, request, 'Revoke')
    await story.untilState(request, 'ended')
    await press(page, 'Fetch my access')
    await heading(page, 'There is nothing here for you')
    await there.issuer.signInOn(late, there.humans.developer)
    await heading(late, 'There is nothing here for you')
    expect(kinds(request)).not.toContain('link-opened')
  })
})

describe('“It was me” where an issuer is configured', () => {
  test('opens a page that takes the word only after a fresh sign-in of the same person', async () => {
    const request = await approved()
    const { developer, owner } = story.cast
    const first = await newPage()
    await signedIn(first, request.url, there.humans.developer)
    await press(first, 'Fetch my access')
    await heading(first, 'Here is your access')
    const token = await unwrap(there.world.vault.address, await wrapped(first))
    const second = await newPage()
    await signedIn(second, request.url, there.humans.developer)
    const before = story.inbox(developer)
    await press(second, 'This was not me')
    await heading(second, 'It has been reported')
    await story.untilRefused(token)
    await story.untilTold(developer, 'Your one-time link was reported', before)
    const url = await addressOf(developer.hands.id, 'It was me')

    const other = await newPage()
    await signedIn(other, url, there.humans.databaseOwner)
    await heading(other, 'There is nothing here for you')
    // The issuer remembers the person, and is told to ask all the same.
    await leave(first, url)
    await there.issuer.signInOn(first, there.humans.developer)
    await heading(first, 'Was it you?')
    expect(kinds(request)).not.toContain('link-explained')
    await press(first, 'It was me')
    await heading(first, 'The owners know that it was you')
    const told = await story.untilTold(owner, 'Cleared up: a one-time link was reported')
    expect(told.text).toMatch(/signed in .* and said that it was them/)
    expect(kinds(request).filter((kind) => kind === 'link-explained')).toHaveLength(1)
    expect(await story.read(token)).toBe(403)
  })
})
