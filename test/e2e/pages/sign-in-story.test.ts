import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newBrowser, unwrap } from '../../../src/demo/person.ts'
import { openBrowser } from '../../support/browser.ts'
import { eventually } from '../../support/eventually.ts'
import type { Human } from '../../support/issuer.ts'
import { type LoopbackProxy, loopbackProxy } from '../../support/openbao-proxy.ts'
import type { RequestRecord } from '../../support/records.ts'
import { type SignInWorld, signInWorld } from '../../support/sign-in-world.ts'
import { type Story, storyIn } from '../../support/story.ts'

let browser: Browser
let there: SignInWorld
let story: Story
/** What a test leaves behind: pages, and access that would stand in the way of the next request. */
const endings: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  browser = await openBrowser()
  there = await signInWorld()
  story = storyIn(there.world)
})
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})
afterAll(async () => {
  await browser?.close()
  await there?.stop()
})

const newPage = async (): Promise<Page> => {
  const page = await (await browser.newContext()).newPage()
  endings.push(() => page.context().close())
  return page
}
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()

/** An approved request of the developer with a link that nobody has opened. */
const freshLink = async (inStory = story) => {
  const { developer, owner } = inStory.cast
  const request = await inStory.approve(owner, await inStory.ask(developer))
  endings.push(async () => {
    await inStory.press(developer, request, 'Give back now')
    await inStory.untilState(request, 'ended')
  })
  return { request, url: await inStory.link(developer, request) }
}
const signIn = async (page: Page, url: string, human: Human) => {
  await page.goto(url)
  await heading(page, 'Sign in to fetch your access')
  await press(page, 'Sign in')
  await there.issuer.signInOn(page, human)
}
/** Presses the last button; the credential must open what was asked for. */
const fetchCredential = async (page: Page): Promise<string> => {
  await press(page, 'Fetch my access')
  await heading(page, 'Here is your access')
  const token = await unwrap(there.world.vault.address, await page.locator('input[name=token]').inputValue())
  expect(await story.read(token)).toBe(200)
  return token
}
const audited = ({ id }: RequestRecord, inStory = story) => inStory.records.auditOf(id).map(({ kind }) => kind)
const misuses = ({ id }: RequestRecord) => story.records.auditOf(id).filter(({ kind }) => kind === 'link-misused')
const notices = ({ id }: RequestRecord) => story.records.cardsOf(id).filter(({ about }) => about === 'link-misused')

describe('the link’s person', () => {
  test('signs in at the issuer, presses the button, and gets in', async () => {
    const { request, url } = await freshLink()
    const page = await newPage()
    await signIn(page, url, there.humans.developer)
    await page.getByText('You are signed in as Developer on call.').waitFor()
    expect(audited(request)).not.toContain('link-redeemed')
    await fetchCredential(page)
    expect(audited(request).slice(-3)).toEqual(['link-confirmed', 'link-redeemed', 'credential-issued'])
    expect(notices(request)).toEqual([])
  })

  test('at a second browser is told that the link is used, and the credential goes on living', async () => {
    const { request, url } = await freshLink()
    const page = await newPage()
    await signIn(page, url, there.humans.developer)
    const token = await fetchCredential(page)
    const second = await newPage()
    await signIn(second, url, there.humans.developer)
    await heading(second, 'This link has been used')
    expect(await second.content()).not.toContain('orders')
    expect(misuses(request)).toEqual([])
    expect(await story.read(token)).toBe(200)
    await press(second, 'This was not me')
    await heading(second, 'This link was used in another browser')
    expect(misuses(request)).toMatchObject([
      { actor: { kind: 'person', id: 'developer' }, detail: { how: 'reported' } },
    ])
    await eventually(async () => (await story.read(token)) === 403, { about: () => 'what was fetched is withdrawn' })
  })
})

describe('a stolen link', () => {
  test('gives a colleague nothing; its person and the owners are told, and it still works for its person', async () => {
    const { request, url } = await freshLink()
    const { developer, owner, secondOwner, lead } = story.cast
    const thief = await newPage()
    await signIn(thief, url, there.humans.databaseOwner)
    await heading(thief, 'This link is for somebody else')
    expect(await thief.content()).not.toContain('orders')
    for (const person of [developer, owner, secondOwner, lead]) {
      const told = await story.untilTold(person, 'signed in as another person')
      expect(told.text).toContain('That person got nothing')
    }
    expect(misuses(request)).toMatchObject([
      { actor: { kind: 'person', id: 'database-owner' }, detail: { how: 'other-person', revoked: false } },
    ])
    expect(audited(request)).not.toContain('credential-issued')

    const page = await newPage()
    await signIn(page, url, there.humans.developer)
    await fetchCredential(page)
  })

  test('gives an unknown account nothing; each try is audited, and told once', async () => {
    const { request, url } = await freshLink()
    for (const _ of [1, 2]) {
      const thief = await newPage()
      await signIn(thief, url, there.humans.visitor)
      await heading(thief, 'Latchkey does not know this account')
    }
    const actor = { kind: 'stranger', platform: 'oidc', subject: `sub=${there.humans.visitor.sub}` }
    expect(misuses(request)).toMatchObject([{ actor }, { actor }])
    expect(
      notices(request)
        .map(({ to }) => to)
        .sort(),
    ).toEqual([...['database-owner', 'developer', 'platform-lead', 'second-database-owner']])
  })

  test('tells nothing and gives nothing to a program that presses the button without signing in', async () => {
    const { request, url } = await freshLink()
    const program = newBrowser()
    const before = await program.look(url)
    expect(before.html).not.toContain('orders')
    const { html, wrappingToken } = await program.redeem(url)
    expect(html).toContain('Going to the sign-in')
    expect(wrappingToken).toBeUndefined()
    expect(audited(request)).not.toContain('link-redeemed')
  })
})

describe('a sign-in', () => {
  test('cannot be replayed', async () => {
    const { url } = await freshLink()
    const page = await newPage()
    const back = page.waitForRequest((sent) => sent.url().includes('/fetch/callback'))
    await signIn(page, url, there.humans.developer)
    await heading(page, 'Your access is ready to fetch')
    await page.goto((await back).url())
    await heading(page, 'This sign-in is over')
  })

  test('that a restart interrupts ends in a page that says so, and the link still works', async () => {
    const { url } = await freshLink()
    const page = await newPage()
    await page.goto(url)
    await press(page, 'Sign in')
    await page.locator('#auth-submit').waitFor()
    await there.world.latchkey().stop()
    await there.world.restart()
    await there.issuer.signInOn(page, there.humans.developer)
    await heading(page, 'This sign-in is over')
    await page.goto(url)
    await press(page, 'Sign in')
    await fetchCredential(page)
  })

  test('leaves neither link nor code nor secret in log and database', async () => {
    const { url } = await freshLink()
    const page = await newPage()
    const back = page.waitForRequest((sent) => sent.url().includes('/fetch/callback'))
    await signIn(page, url, there.humans.developer)
    await fetchCredential(page)
    const { searchParams } = new URL((await back).url())
    const { files } = there.world
    const kept = (await Promise.all([files.log, files.database, `${files.database}-wal`].map(readOrNothing))).join()
    const words = [
      url.split('/').at(-1),
      searchParams.get('code'),
      searchParams.get('state'),
      there.issuer.clientSecret,
    ]
    for (const word of words) expect(kept.includes(word ?? '')).toBe(false)
  })
})

const readOrNothing = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '')

describe('a token that was changed on its way', () => {
  let proxy: LoopbackProxy
  let tampered: SignInWorld
  beforeAll(async () => {
    tampered = await signInWorld(async (real) => {
      proxy = await loopbackProxy(real, { response: (text, path) => (path.endsWith('/token') ? forged(text) : text) })
      return proxy.address
    })
  })
  afterAll(async () => {
    await tampered?.stop()
    await proxy?.stop()
  })

  /** Names the developer in the token of whoever signs in; the signature stays as it was. */
  const forged = (text: string): string => {
    const answer = JSON.parse(text) as { id_token: string }
    const [header, payload = '', signature] = answer.id_token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: tampered.humans.developer.sub })).toString('base64url')
    return JSON.stringify({ ...answer, id_token: [header, changed, signature].join('.') })
  }

  test('signs nobody in', async () => {
    const inTampered = storyIn(tampered.world)
    const { request, url } = await freshLink(inTampered)
    const page = await newPage()
    await page.route(`${proxy.address}/ui/**`, async (route) => {
      const location = await tampered.issuer.authorize(route.request().url(), tampered.humans.visitor)
      await route.fulfill({ status: 302, headers: { location } })
    })
    await page.goto(url)
    await press(page, 'Sign in')
    await heading(page, 'The sign-in could not be checked')
    expect(audited(request, inTampered)).not.toContain('link-confirmed')
    await page.getByRole('link', { name: 'Open the link again' }).click()
    await heading(page, 'Sign in to fetch your access')
  })
})
