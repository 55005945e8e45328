import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { root } from '../support/documents.ts'
import { eventually } from '../support/eventually.ts'
import { inTerminal } from '../support/in-terminal.ts'
import type { Human } from '../support/issuer.ts'
import { newMachine, type PersonsMachine } from '../support/people-cli.ts'
import { type SignInWorld, signInWorld } from '../support/sign-in-world.ts'
import { storyIn } from '../support/story.ts'

// The chapter "From the terminal" of the package's README, typed word for word in a real terminal by two people.

let there: SignInWorld
let browser: Browser
beforeAll(async () => {
  there = await signInWorld(undefined, {
    integrations: (example) => {
      const management = [{ path: 'kv/apps/orders/', permissions: ['ReadWrite', 'Admin'] }]
      return [{ ...example, owner: ['group:databases'], vault: { ...example.vault, management } }]
    },
  })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await there?.stop()
})

/** The lines of each block that the README says is typed, with `\` at the end of a line undone. */
const linesOf = async (name: string): Promise<readonly string[]> => {
  const readme = await readFile(join(root, 'src/people-cli/README.md'), 'utf8')
  const [, block = ''] = new RegExp(`<!-- followed: ${name} -->\\s*\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? []
  return block.replaceAll('\\\n  ', '').split('\n').filter(Boolean)
}

/** A machine with `latchkey` on its PATH, and a browser in which the person signs in when it is opened. */
const machineOf = async (human: Human) => {
  const machine = await newMachine()
  const programs = join(machine.home, 'bin')
  const opened = join(machine.home, 'opened')
  await mkdir(programs)
  const script = (name: string, line: string) =>
    writeFile(join(programs, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  await script('latchkey', `exec '${process.execPath}' '${join(root, 'src/people-cli/bin.ts')}' "$@"`)
  await script('browser', `printf %s "$1" > '${opened}'`)
  const environment = {
    ...machine.environment,
    BROWSER: join(programs, 'browser'),
    PATH: `${programs}:${process.env.PATH}`,
  }
  const signInWhenOpened = async () => {
    const url = await eventually(() => readFile(opened, 'utf8').catch(() => undefined), { limit: 60_000 })
    await rm(opened)
    const page = await (await browser.newContext()).newPage()
    await page.goto(url)
    await page.getByRole('button', { name: /sign in/i }).click()
    await page.locator('input[name=username]').waitFor()
    await there.issuer.signInOn(page, human)
    await page.getByRole('button', { name: 'Sign this terminal in' }).click()
    await page.getByText('You may close this page').waitFor()
    await page.context().close()
  }
  return { machine, environment, signInWhenOpened }
}

const type = async (
  { environment }: { environment: Record<string, string> },
  line: string,
  answers: readonly (readonly [string, string])[] = [],
  exitCode = 0,
) => {
  const typed = line.replace('https://latchkey.example', there.world.latchkey().url)
  const { code, shown } = await inTerminal([], { environment, answers, program: ['sh', '-c', typed] })
  expect(code, `${line}\n${shown}`).toBe(exitCode)
  return shown.replaceAll('\r\n', '\n')
}
const idIn = (text: string): string => /Request (\S+?)\./.exec(text)?.[1] ?? /^(\S+) +Developer/m.exec(text)?.[1] ?? ''

test('a person signs in, asks, works with secrets, and gives back; an owner signs in and approves', {
  timeout: 300_000,
}, async () => {
  const [asks, decides] = [await machineOf(there.humans.developer), await machineOf(there.humans.databaseOwner)]
  const [signIn = '', whoami = '', request = '', ...work] = await linesOf('asking')
  const [pending = '', approve = ''] = await linesOf('deciding')
  for (const one of [asks, decides]) {
    const [shown] = await Promise.all([type(one, signIn), one.signInWhenOpened()])
    expect(shown).toContain('You are signed in as')
  }
  expect(await type(asks, whoami)).toContain('Developer on call')
  await expectDenied(asks, decides)
  const asked = type(asks, request)
  const waiting = await eventually(async () => {
    const shown = await type(decides, pending)
    return shown.includes('Developer on call') && shown
  })
  await type(decides, approve.replace('REQUEST', idIn(waiting)), [['Approve this?', 'y\n']])
  expect(await asked).toMatch(/Access (\S+) works, [\d.]+ seconds after you asked\./)
  const access = /Access (\S+) works/.exec(await asked)?.[1] ?? ''
  await expectLogin(there.humans.developer, idIn(await asked))
  const outputs: string[] = []
  for (const line of work) {
    const questions = /delete/.test(line)
      ? ([['[y/N]', 'y\n']] as const)
      : /give-back/.test(line)
        ? ([['[y/N]', 'y\n']] as const)
        : []
    outputs.push(await type(asks, line.replace('ACCESS', access), questions))
  }
  expect(outputs.join('\n')).toContain('kv/apps/orders/')
  await expectForgotten(asks.machine)
})

type Machine = Awaited<ReturnType<typeof machineOf>>

/** A denial is asked once more, and ends the waiting with its reason and an exit code of its own. */
const expectDenied = async (asks: Machine, decides: Machine) => {
  const wish = 'latchkey request kv/apps/orders/database --permission read --for 1h --reason "a look"'
  const waits = type(asks, wish, [], 5)
  const id = await eventually(async () => idIn(await type(decides, 'latchkey pending')) || undefined)
  const note = 'use the replica'
  const denied = await type(decides, `latchkey deny ${id} --note '${note}'`, [['Deny this? [y/N]', 'y\n']])
  expect(denied).toContain('Developer on call asks for 1h: a look\n  kv/apps/orders/database (read)\n')
  expect(denied).toContain('You denied. It is denied.')
  const end = /latchkey: the request was denied by .+\nDatabase owner: use the replica\n$/
  expect(await waits).toMatch(end)
}

/** A link from chat on a new machine: the link itself begins no sign-in, and after one it is good. */
const expectLogin = async (human: Human, id: string) => {
  const story = storyIn(there.world)
  const fresh = await machineOf(human)
  const link = await story.link(story.cast.developer, story.records.request(id))
  const redeem = (exitCode: number) => type(fresh, 'latchkey login', [['Link (not shown): ', `${link}\n`]], exitCode)
  const signIn = `latchkey sign-in --server ${there.world.latchkey().url}`
  expect(await redeem(3)).toContain(`"${signIn}"`)
  await Promise.all([type(fresh, signIn), fresh.signInWhenOpened()])
  const shown = await redeem(0)
  expect(shown).toContain('Logged in to example; your access ends in')
  expect(shown).not.toContain(link)
  expect(await type(fresh, 'latchkey vault list')).toContain('kv/apps/orders/api')
}

const expectForgotten = async ({ sessionFile }: PersonsMachine) =>
  expect(await readFile(sessionFile, 'utf8').catch(() => 'nothing')).toBe('nothing')
