import { createHmac, randomBytes } from 'node:crypto'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Shown } from '../../../src/app/find-link.ts'
import { freePort } from '../../../src/demo/latchkey-process.ts'
import { personId } from '../../../src/domain/ids.ts'
import type { AccessUseCases, AlarmUseCases } from '../../../src/http/personal-pages.ts'
import type { RunningServer } from '../../../src/http/server.ts'
import { ExternalError, type SignIn, type SignInHow } from '../../../src/ports.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { fakeFetch, jobCredential, now, startPages, what } from './fake-fetch.ts'

const id = 'a'.repeat(32)
const account = { platform: 'oidc', tenant: 'https://id.example.com', subject: 'sub=developer' } as const
const person = { id: personId('developer'), name: 'Developer on call', identities: [account] }

let browser: Browser
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
let check: AccessibilityCheck
let contexts: Page[]
/** Who comes back from the issuer, and what they find. */
let who: 'holder' | 'other' | 'nobody'
let alarm: 'open' | 'explained'
let begun: SignInHow[]
let isAway: boolean

beforeAll(async () => {
  check = await accessibilityCheck()
  browser = await openBrowser()
})
afterAll(() => browser?.close())
let shown: Shown = what
beforeEach(async () => {
  shown = what
  ;[who, alarm, begun, contexts, isAway] = ['holder', 'open', [], [], false]
  fake = fakeFetch()
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  /** An issuer that remembers everybody: it sends the browser back at once. */
  const signIn: SignIn = {
    at: 'id.example.com',
    begin: async (how, secrets) => {
      if (isAway) throw new ExternalError('unreachable', 'the issuer is away', { transient: true })
      begun.push(how)
      const kept = secrets ?? { state: 'state', nonce: 'nonce', verifier: 'verifier' }
      return { url: `${publicUrl}/fetch/callback?${new URLSearchParams({ state: kept.state })}`, kept }
    },
    finish: async () => [account],
    check: async () => {},
  }
  const enter = async () => {
    if (who === 'nobody') return { kind: 'nobody', accounts: [account] as const } as const
    return who === 'other' ? ({ kind: 'nothing', person } as const) : ({ kind: 'confirmed', person } as const)
  }
  const access: AccessUseCases = {
    enter,
    look: async () => ({ kind: 'ready', what: shown, before: now }),
    open: async () => ({ kind: 'link', nonce: fake.open() }),
    report: async () => true,
  }
  const said: AlarmUseCases = {
    enter,
    look: async () =>
      alarm === 'open'
        ? { kind: 'open', alarm: { how: 'reported', at: now }, usedAt: now }
        : { kind: 'explained', at: now },
    explain: async () => {
      alarm = 'explained'
      return { kind: 'explained', at: now }
    },
  }
  server = await startPages(fake.useCases, { port, publicUrl, signIn, access, alarm: said })
})
afterEach(async () => {
  await Promise.all(contexts.map((page) => page.context().close()))
  await server.close()
})

const newPage = async (options?: BrowserContextOptions): Promise<Page> => {
  const page = await (await browser.newContext(options)).newPage()
  contexts.push(page)
  return page
}
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const open = async (page: Page, path = `fetch/access/${id}`) => {
  await page.goto(`${server.url}/${path}`)
  await page.waitForURL((url) => !url.pathname.endsWith('/callback'))
}
const busy = async () => {
  for (let visit = 0; visit < 31; visit += 1) await fetch(`${server.url}/fetch/access/${id}`)
}

/** Every page behind an address that is no secret, and how one gets to it. */
const states: Record<string, (page: Page) => Promise<unknown>> = {
  'Sign in to open this page': async (page) => {
    await busy()
    await page.goto(`${server.url}/fetch/access/${id}`)
  },
  'Your access is ready to fetch': open,
  'Here is your access': async (page) => {
    await open(page)
    await heading(page, 'Your access is ready to fetch')
    await press(page, 'Fetch my access')
  },
  'How your workload logs in': async (page) => {
    const login = { ...jobCredential.login, kind: 'kubernetes', mount: 'kubernetes', audience: 'vault' } as const
    const commands = ['bao write -field=token auth/kubernetes/login role=latchkey jwt=@/var/run/secrets/token']
    shown = { ...what, usage: { ...jobCredential, login: { ...login, commands } } }
    await open(page)
  },
  'It has been reported': async (page) => {
    await open(page)
    await heading(page, 'Your access is ready to fetch')
    await press(page, 'This was not me')
  },
  'The sign-in does not answer': async (page) => {
    isAway = true
    await page.goto(`${server.url}/fetch/access/${id}`)
  },
  'There is nothing here for you': async (page) => {
    who = 'other'
    await page.goto(`${server.url}/fetch/access/${id}`)
  },
  'Latchkey does not know this account': async (page) => {
    who = 'nobody'
    await page.goto(`${server.url}/fetch/access/${id}`)
  },
  'Was it you?': (page) => open(page, `fetch/alarm/${id}`),
  'The owners know that it was you': async (page) => {
    await open(page, `fetch/alarm/${id}`)
    await heading(page, 'Was it you?')
    await press(page, 'It was me')
  },
}

it.each(Object.entries(states))(
  'the page “%s” is accessible in light and dark, and fits a phone',
  async (title, reach) => {
    const page = await newPage()
    await reach(page)
    await heading(page, title)
    expect(await page.title()).toBe(`${title} · Latchkey`)
    await check(page)
  },
)

describe('the way to an access', () => {
  it('needs neither scripts nor a mouse', async () => {
    const page = await newPage({ javaScriptEnabled: false })
    await open(page)
    await heading(page, 'Your access is ready to fetch')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await heading(page, 'Here is your access')
    expect(await page.locator('form[action*="/reveal"]').getAttribute('action')).toMatch(/^\.\.\/[\w-]{43}\//)
    await press(page, 'Reveal the token here')
    await heading(page, 'Here is your token')
  })

  it('is one press for one sign-in: the page asks anew after it', async () => {
    const page = await newPage()
    await open(page)
    await press(page, 'Fetch my access')
    await heading(page, 'Here is your access')
    await open(page)
    await heading(page, 'Your access is ready to fetch')
    expect(begun).toEqual(['remembered', 'remembered'])
  })

  it('goes on where the issuer was away', async () => {
    isAway = true
    const page = await newPage()
    await page.goto(`${server.url}/fetch/access/${id}`)
    await heading(page, 'The sign-in does not answer')
    isAway = false
    await page.getByRole('link', { name: 'Open the page again' }).click()
    await heading(page, 'Your access is ready to fetch')
  })

  it('leads on to another account from a page that gives nothing', async () => {
    who = 'other'
    const page = await newPage()
    await page.goto(`${server.url}/fetch/access/${id}`)
    await heading(page, 'There is nothing here for you')
    who = 'holder'
    await press(page, 'Sign in with another account')
    await heading(page, 'Your access is ready to fetch')
    expect(begun).toEqual(['remembered', 'other-account'])
  })

  it('asks for a fresh sign-in, for an alarm', async () => {
    await open(await newPage(), `fetch/alarm/${id}`)
    expect(begun).toEqual(['fresh'])
  })

  it('is not there where links need no sign-in', async () => {
    await server.close()
    server = await startPages(fake.useCases)
    for (const path of ['access', 'alarm']) {
      const answer = await fetch(`${server.url}/fetch/${path}/${id}`)
      expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('This link does not work')])
    }
  })

  it('holds no memory for whoever posts from invented browsers, and takes no id of another shape', async () => {
    const page = await newPage()
    await busy()
    await page.goto(`${server.url}/fetch/access/${id}`)
    const post = (path: string) => {
      const cookie = randomBytes(32).toString('base64url')
      const form = createHmac('sha256', cookie).update(`fetch-form:access/${path}`).digest('base64url')
      const headers = { cookie: `latchkey-browser=${cookie}` }
      return fetch(`${server.url}/fetch/access/${path}`, {
        method: 'POST',
        body: new URLSearchParams({ form }),
        headers,
      })
    }
    expect((await post('a'.repeat(12_000))).status).toBe(404)
    expect((await post(id)).status).toBe(200)
    await press(page, 'Sign in')
    await heading(page, 'Your access is ready to fetch')
  })

  it('counts what came to nothing: then the next ones are too many', async () => {
    who = 'other'
    const answers: number[] = []
    for (let visit = 0; visit < 32; visit += 1) answers.push((await fetch(`${server.url}/fetch/access/short`)).status)
    expect(answers.slice(-3)).toEqual([404, 429, 429])
  })
})
