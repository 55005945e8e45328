import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import type { Human } from '../support/issuer.ts'
import { newMachine, type PersonsMachine } from '../support/people-cli.ts'
import { runCli } from '../support/run-cli.ts'
import { type SignInWorld, signInWorld } from '../support/sign-in-world.ts'

// A terminal and its person's browser, with OpenBao as the issuer; then the operator's view of the session.

let there: SignInWorld
let browser: Browser
beforeAll(async () => {
  there = await signInWorld()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await there?.stop()
})

/** The browser that a terminal opens: it leaves a note of the address, and the person signs in there. */
const browserOf = async ({ home }: PersonsMachine) => {
  const [program, note] = [join(home, 'browser'), join(home, 'opened')]
  await writeFile(program, `#!/bin/sh\nprintf %s "$1" > '${note}.new' && mv '${note}.new' '${note}'\n`, { mode: 0o755 })
  const signIn = async (human: Human) => {
    const address = await eventually(() => readFile(note, 'utf8').catch(() => undefined))
    const page = await (await browser.newContext()).newPage()
    await page.goto(address)
    await there.issuer.signInOn(page, human)
    return page
  }
  return { environment: { BROWSER: program }, signIn }
}

const latchkey = async (...line: readonly string[]) => {
  const { code, out, err } = await runCli([...line, '--config', there.world.files.config])
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}

test('a person, but no stranger, signs a terminal in at the issuer; an operator sees the session and ends it, and it is over at once', async () => {
  const machine = await newMachine()
  const { environment, signIn } = await browserOf(machine)
  expect(await latchkey('sessions')).toMatchObject({ code: 0, out: 'Nobody is signed in.' })

  const signedIn = machine.run(['sign-in', '--server', there.world.latchkey().url], { environment })
  const strange = await signIn(there.humans.visitor)
  await strange.getByRole('heading', { name: 'Latchkey does not know this account' }).waitFor()
  const page = await signIn(there.humans.developer)
  await page.getByRole('button', { name: 'Sign this terminal in' }).click()
  await page.getByText('You are signed in. You may close this page').waitFor()
  for (const open of [strange, page]) await open.context().close()
  expect(await signedIn).toMatchObject({
    code: 0,
    out: expect.stringContaining('You are signed in as Developer on call.'),
  })

  const [session] = JSON.parse((await latchkey('sessions', '--json')).out)
  expect(session).toMatchObject({ person: 'developer', kind: 'terminal', rights: 'all', address: '127.0.0.1' })
  expect((await latchkey('sessions', '--person', 'developer')).out).toContain(session.id.slice(0, 8))
  expect((await latchkey('sessions', '--person', 'database-owner')).out).toBe('Nobody is signed in.')
  expect(await latchkey('sessions', '--end', 'none-of-them')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no session "none-of-them"'),
  })

  expect(await machine.run(['whoami'])).toMatchObject({ code: 0 })
  expect(await latchkey('sessions', '--end', session.id.slice(0, 8))).toMatchObject({
    code: 0,
    out: `The session of developer at ${session.label} has ended.`,
  })
  expect(await machine.run(['whoami'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('ended by an operator of Latchkey'),
  })
  expect((await latchkey('sessions')).out).toBe('Nobody is signed in.')
})
