import { DatabaseSync } from 'node:sqlite'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readSecret, unwrap } from '../../../src/demo/person.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { eventually } from '../../support/eventually.ts'
import { keyboardReachesAll } from '../../support/keyboard.ts'
import { type Surfer, surferIn } from '../../support/people-pages.ts'
import { type Records, recordsOf } from '../../support/records.ts'
import { type SignInWorld, signInWorld } from '../../support/sign-in-world.ts'
import { billing, orders } from '../../support/story.ts'

let browser: Browser
let there: SignInWorld
let records: Records
let check: AccessibilityCheck
let surfers: Surfer[]

type Name = keyof SignInWorld['humans']

/** Everything here happens while both chats are gone. */
beforeAll(async () => {
  check = await accessibilityCheck()
  browser = await openBrowser()
  there = await signInWorld(undefined, {
    ...{ chat: 'both', settings: { operators: [{ role: 'operate', people: ['person:database-owner'] }] } },
  })
  records = recordsOf(there.world.files.database)
  await there.world.slack.close()
  await there.world.teams?.close()
})
beforeEach(() => {
  surfers = []
})
afterEach(() => Promise.all(surfers.map(({ context }) => context.close())))
afterAll(async () => {
  await browser?.close()
  await there?.stop()
})

const base = () => there.world.latchkey().url
const surfer = async (name: Name, options?: BrowserContextOptions): Promise<Surfer> => {
  const one = await surferIn(there, browser, there.humans[name], options)
  surfers.push(one)
  return one
}

/** Files a request on the page; where it is shown, and its id. */
const ask = async (by: Surfer, path = orders): Promise<{ page: string; id: string }> => {
  await by.open(`/ask?text=${encodeURIComponent(`${path} 15m because the queue is stuck`)}`)
  await by.press('Send request')
  await by.see('You asked to read')
  const page = new URL(by.page.url()).pathname.replace('/access', '')
  return { page, id: page.split('/')[2] ?? '' }
}
const cancel = async (by: Surfer, { page }: { page: string }) => {
  await by.open(`${page}/cancel`)
  await by.press('Cancel request')
}
const refusals = (code: string) =>
  records.audit().filter(({ kind, detail }) => kind === 'refused' && detail.code === code)
const cookieOf = async ({ context }: Surfer) =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
const userAgentOf = ({ page }: Surfer) => page.evaluate<string>('navigator.userAgent')
const hiddenFields = async ({ page }: Surfer, form = 'form.dialog') => ({
  form: await page.locator(`${form} input[name=form]`).inputValue(),
  payload: await page.locator(`${form} input[name=payload]`).inputValue(),
})
/** Sends a form as a program would that has the browser's cookies. */
const send = async (by: Surfer, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${base()}/access${path}`, {
    ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) },
    headers: { cookie: await cookieOf(by), 'user-agent': await userAgentOf(by), ...headers },
  })
  return { status: answer.status, text: await answer.text() }
}

describe('while both chats are unreachable', () => {
  test('a need becomes a working token, and ends, without a script on our pages', async () => {
    const developer = await surfer('developer', { javaScriptEnabled: false })
    await developer.open()
    await developer.see('My access')
    await developer.page.getByText('You have no access and no requests.').waitFor()
    await developer.follow('Ask for access')
    await developer.see('Request access')
    await developer.page.getByLabel('Search by a part of its name').fill('orders database')
    await developer.page.keyboard.press('Enter')
    await developer.page.getByRole('checkbox', { name: orders }).check()
    await developer.press('Send request')
    // What is missing stands beside its field, and what was chosen stays.
    await developer.page.getByText('Say why in at least 5 characters: the owners decide by it.').waitFor()
    expect(await developer.page.getByLabel('Why').getAttribute('aria-invalid')).toBe('true')
    expect(await developer.page.getByRole('checkbox', { name: orders }).isChecked()).toBe(true)
    await developer.page.getByLabel('How long').selectOption('1 hour')
    await developer.page.getByLabel('Why').fill('The queue is stuck.')
    await developer.press('Send request')
    await developer.see('You asked to read')
    await developer.page.getByText('Your request is sent.').waitFor()
    const page = new URL(developer.page.url()).pathname
    const id = page.split('/')[3] ?? ''

    const owner = await surfer('databaseOwner')
    await owner.open('/waiting')
    await owner.follow(/^Approve/)
    await owner.see('Approve this access?')
    await owner.page.getByText('Nothing else, except to look at its own token and rights').waitFor()
    await owner.page.getByLabel('Approve for').selectOption('15 minutes')
    await owner.page.getByLabel('Note').fill('Only for the queue, please.')
    await owner.press('Approve')
    await owner.page.getByText('You approved it.').waitFor()
    await owner.page.getByText('Only for the queue, please.').first().waitFor()

    await eventually(() => records.request(id).grant?.state === 'active')
    await developer.page.goto(`${base()}${page}`)
    await developer.page.getByText('approved for 15 minutes.').waitFor()
    await developer.follow('Open my access')
    await developer.see('Your access is ready to fetch')
    await developer.press('Fetch my access')
    await developer.see('Here is your access')
    const token = await unwrap(
      there.world.vault.address,
      await developer.page.locator('input[name=token]').inputValue(),
    )
    expect((await readSecret(there.world.vault.address, token, orders)).status).toBe(200)

    await developer.open()
    await developer.page.getByText(/14 minutes .* left/).waitFor()
    await developer.follow(/^Extend/)
    await developer.page.getByLabel('Why').fill('The queue is still stuck.')
    await developer.press('Send request')
    await developer.page.getByText('Your request is sent.').waitFor()
    expect(records.newestOf('developer')).toMatchObject({ path: orders, state: 'pending' })
    await cancel(developer, { page: new URL(developer.page.url()).pathname.replace('/access', '') })
    await developer.open()
    await developer.follow(/^Give back now/)
    await developer.press('Give back')
    await eventually(() => records.request(id).grant?.state === 'ended')
    expect((await readSecret(there.world.vault.address, token, orders)).status).toBe(403)
    await developer.open()
    await developer.page.getByText(/^Ended .*given back by Developer on call\. Proved: a test login/).waitFor()
    await developer.page.goto(`${base()}${page}`)
    const told = await developer.page.locator('.timeline > li > p:first-child').allInnerTexts()
    expect(told).toEqual([
      'Developer on call asked for 1 hour.',
      'Database owner approved for 15 minutes.',
      'The access was set up at the vault.',
      'Developer on call signed in to fetch it.',
      'Developer on call got a one-time link.',
      'A one-time link was used.',
      'The credential was fetched.',
      'Developer on call ended it.',
      expect.stringMatching(/^It ended: given back\. Proved: a test login .* was refused after/),
    ])
  })

  test('an owner says no with a reason, which the requester reads; then they ask again from the same words', async () => {
    const developer = await surfer('developer')
    const { page, id } = await ask(developer, billing)
    const owner = await surfer('databaseOwner')
    await owner.open(`${page}/deny`)
    await owner.press('Deny')
    await owner.page.getByText('Say why in at least 5 characters: the requester reads it.').waitFor()
    await owner.page.getByLabel('Reason').fill('Use the replica instead.')
    await owner.press('Deny')
    await owner.page.getByText('You denied it. The requester reads your reason.').waitFor()
    expect(records.request(id).state).toBe('denied')
    await developer.open(page)
    await developer.page.getByText('Use the replica instead.').first().waitFor()
    await developer.follow('Request again')
    expect(await developer.page.getByLabel('Why').inputValue()).toBe('the queue is stuck')
  })

  test('a request that was sent twice is one; a reminder and the end of a request are one press each', async () => {
    const developer = await surfer('developer')
    await developer.open(`/ask?text=${encodeURIComponent(`${billing} 15m because the queue is stuck`)}`)
    const before = records.requests().length
    const page = developer.page.url()
    await developer.press('Send request')
    await developer.see('You asked to read')
    const first = developer.page.url()
    await developer.page.goBack()
    await developer.page.waitForURL(page)
    await developer.press('Send request')
    await developer.page.waitForURL(/requests|ask/)
    expect(records.requests()).toHaveLength(before + 1)
    await developer.page.goto(first)
    await developer.follow('Remind them')
    await developer.press('Remind them')
    await developer.page.getByText('They get a reminder now.').waitFor()
    await developer.follow('Remind them')
    await developer.page.getByText('You reminded them a short while ago.').waitFor()
    await developer.page.goto(first)
    await developer.follow('Cancel request')
    await developer.press('Cancel request')
    await developer.page.getByText('The request is cancelled.').waitFor()
  })
})

describe('somebody who wants more than they may', () => {
  test('cannot decide on their own request, nor see that of others, and each try is audited', async () => {
    const developer = await surfer('developer')
    const own = await ask(developer)
    await developer.open(`${own.page}/approve`)
    await developer.page.getByText('You cannot decide on your own request. Another owner has to.').waitFor()
    const owner = await surfer('databaseOwner')
    const other = await ask(owner, 'kv/apps/orders/api')
    await developer.open(other.page)
    await developer.page.getByText('Only the owners of this resource can do that.').waitFor()
    await developer.open(`${other.page}/cancel`)
    await developer.page.getByText('Only the person who asked can do that.').waitFor()
    await developer.open(`/requests/${'0'.repeat(32)}`)
    await developer.page.getByText('Latchkey no longer knows this request.').waitFor()
    for (const code of ['own-request', 'not-an-owner', 'not-the-requester', 'no-such-request'])
      expect(refusals(code).at(-1)?.actor).toMatchObject({ id: 'developer' })
    await cancel(developer, own)
    await cancel(owner, other)
  })

  test('cannot press for an owner: a form from elsewhere, or of another page, decides nothing', async () => {
    const developer = await surfer('developer')
    const { page, id } = await ask(developer)
    const owner = await surfer('databaseOwner')
    await owner.open(`${page}/deny`)
    const other = await hiddenFields(owner)
    await owner.open(`${page}/approve`)
    const fields = await hiddenFields(owner)
    const path = `${page}/approve`
    const foreign = 'That did not come from our page'
    expect((await send(owner, path, { ...fields, form: '' })).text).toContain(foreign)
    expect((await send(owner, path, { ...fields, form: other.form })).text).toContain(foreign)
    expect((await send(owner, path, fields, { origin: 'https://evil.example.com' })).text).toContain(foreign)
    expect((await send(owner, path, fields, { 'sec-fetch-site': 'cross-site' })).text).toContain(foreign)
    // A form of this page with the hidden data of another one.
    expect((await send(owner, path, { ...fields, payload: other.payload })).status).toBe(404)
    // Nobody's cookie, and another person's.
    expect((await send(owner, path, fields, { cookie: '' })).status).toBe(401)
    expect((await send(owner, path, fields, { cookie: await cookieOf(developer) })).text).toContain(foreign)
    expect(records.request(id).decisions).toBe(0)
    expect((await send(owner, path, fields)).status).toBe(303)
    await eventually(() => records.request(id).grant?.state === 'active')
    await developer.open(`/grants/${records.request(id).grant?.id}/give-back`)
    await developer.press('Give back')
  })

  test('gets no page for an address that is none of ours after the sign-in', async () => {
    for (const page of ['//evil.example.com', '/../evil', 'requests/1#x', 'http://evil.example.com']) {
      const answer = await fetch(`${base()}/access/sign-in/p${Buffer.from(page).toString('base64url')}`)
      expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('This link does not work')])
    }
  })

  test('gets nothing with an account that nobody knows', async () => {
    const visitor = await surfer('visitor')
    await visitor.open()
    await visitor.see('Latchkey does not know this account')
    expect(refusals('unknown-person').at(-1)?.actor).toMatchObject({ platform: 'oidc' })
  })
})

describe('a session', () => {
  test('with a stolen cookie ends when another browser shows it, for both', async () => {
    const developer = await surfer('developer')
    await developer.open()
    const cookie = await cookieOf(developer)
    const thief = await fetch(`${base()}/access`, { headers: { cookie, 'user-agent': 'curl/8' }, redirect: 'manual' })
    expect([thief.status, await thief.text()]).toEqual([303, ''])
    const own = await fetch(`${base()}/access`, {
      ...{ headers: { cookie, 'user-agent': await userAgentOf(developer) }, redirect: 'manual' as const },
    })
    expect(own.status).toBe(303)
    const ended = records.audit().findLast(({ kind }) => kind === 'session-ended')
    expect(ended?.detail).toMatchObject({ why: 'other-browser' })
  })

  test('with a stolen cookie approves nothing: the sign-in must be recent', async () => {
    const developer = await surfer('developer')
    const request = await ask(developer)
    const owner = await surfer('databaseOwner')
    await owner.open(`${request.page}/approve`)
    const fields = await hiddenFields(owner)
    const database = new DatabaseSync(there.world.files.database, { timeout: 5000 })
    database.exec("UPDATE sessions SET signed_in_at = signed_in_at - 960000 WHERE person = 'database-owner'")
    database.close()
    const answer = await send(owner, `${request.page}/approve`, fields)
    expect(answer.status).toBe(403)
    expect(records.request(request.id).decisions).toBe(0)
    expect(refusals('sign-in-too-old').at(-1)?.actor).toMatchObject({ id: 'database-owner' })
    // Nor by another page: the one for asking files requests, and nothing else.
    await owner.open('/ask')
    const asking = await hiddenFields(owner)
    expect((await send(owner, '/ask', { ...asking, payload: fields.payload })).status).toBe(404)
    expect(records.request(request.id).decisions).toBe(0)
    // Its person only comes by the issuer, which remembers them.
    await owner.open(`${request.page}/approve`)
    await owner.see('Approve this access?')
    await owner.follow('Not now')
    await cancel(developer, request)
  })

  test('ends with the button, also everywhere, and then its cookie is worth nothing', async () => {
    const [one, other] = [await surfer('developer'), await surfer('developer')]
    await one.open()
    await other.open('/sessions')
    expect(await other.page.getByRole('listitem').filter({ hasText: 'Browser:' }).count()).toBeGreaterThan(1)
    const cookie = await cookieOf(one)
    await other.press('Sign out everywhere')
    await other.see('You have signed out')
    const headers = { cookie, 'user-agent': await userAgentOf(one) }
    expect((await fetch(`${base()}/access`, { headers, redirect: 'manual' })).status).toBe(303)
    await one.press('Sign out')
    await one.see('You are signed out')
  })

  test('is a cookie that scripts and other sites do not get', async () => {
    const developer = await surfer('developer')
    await developer.open()
    const [cookie] = (await developer.context.cookies()).filter(({ name }) => name.includes('latchkey-session'))
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    const answer = await fetch(`${base()}/access`, { redirect: 'manual' })
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
})

describe('every page', () => {
  test('shows operators everybody’s access, which they end under their own name; nobody else gets there', async () => {
    const [developer, operator] = [await surfer('developer'), await surfer('databaseOwner')]
    const { id, page } = await ask(developer)
    await operator.open(`${page}/approve`)
    await operator.press('Approve')
    await eventually(() => records.request(id).grant?.state === 'active')

    await developer.open('/operators')
    await developer.see('Not possible')
    await developer.page.getByText('needs the role “read”, “operate” or “audit”').waitFor()
    expect(await developer.page.getByRole('link', { name: 'Operators' }).count()).toBe(0)
    expect(refusals('needs-role').at(-1)).toMatchObject({ actor: { kind: 'person', id: 'developer' } })

    await operator.open()
    await operator.follow('Operators')
    await operator.page.getByText('You hold operate.').waitFor()
    await operator.page
      .getByText(/^End this access/)
      .first()
      .click()
    await check(operator.page)
    const form = await operator.page.locator('form[action$=end] input[name=form]').first().inputValue()
    const forged = await send(developer, '/operators/end', { form, id: records.request(id).grant?.id ?? '' })
    expect(forged.status).toBe(403)
    await operator.page.getByLabel('Why').first().fill('the incident is over')
    await operator.press('End it now')
    await operator.page.getByText('The access ends now.').waitFor()
    await eventually(() => records.request(id).grant?.state === 'ended')
    const ending = records.audit().findLast(({ kind }) => kind === 'access-ending')
    expect(ending).toMatchObject({ actor: { kind: 'person', id: 'database-owner' }, detail: { because: 'revoked' } })
  })

  test('is accessible in light and dark, fits a phone, and needs no mouse', async () => {
    const developer = await surfer('developer')
    const request = await ask(developer)
    const own = ['', '/ask', request.page, `${request.page}/show-policy`]
    for (const path of [...own, `${request.page}/approve`, '/sessions']) {
      await developer.open(path)
      await check(developer.page)
    }
    const owner = await surfer('databaseOwner')
    for (const path of ['/waiting', `${request.page}/approve`]) {
      await owner.open(path)
      await check(owner.page)
    }
    await owner.open(`${request.page}/deny`)
    await owner.press('Deny')
    await owner.page.locator('.fault').waitFor()
    await check(owner.page)
    const bare = await surfer('developer', { javaScriptEnabled: false, viewport: { width: 390, height: 844 } })
    for (const path of [...own, '/who?text=orders']) {
      await bare.open(path)
      expect(await bare.page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      await keyboardReachesAll(bare.page)
    }
    await cancel(developer, request)
  })
})
