import { afterEach, describe, expect, test } from 'vitest'
import { oid, type TeamsStage, teamsStage, teamsUseCases } from '../support/teams-stage.ts'

// What people type in Teams as they know it from elsewhere, and whom an answer leads on.

let running: TeamsStage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async () => {
  running = await teamsStage(teamsUseCases({}))
  return running.teams
}

describe('typed words', () => {
  test.each(['/vault request kv/apps/db', '@Latchkey request kv/apps/db'])('%s opens the form', async (words) => {
    const dev = (await play()).person(oid.dev)
    await dev.say(words)
    expect(dev.textOf(await dev.waitForMessage('The form is ready'))).toContain('kv/apps/db')
  })

  test('that only begin like an address are named as no command', async () => {
    const dev = (await play()).person(oid.dev)
    await dev.say('/orders please')
    await dev.waitForMessage('/orders is not a command')
  })
})

test('a stranger who searches is sent to the chat, where the lines for an administrator are', async () => {
  const newcomer = (await play()).person(oid.newcomer)
  const found = await newcomer.search('myAccess', '')
  expect(found.words).toMatch(/does not know you yet.*in its own chat/)
  expect(found.words).not.toContain('people:')
  await newcomer.say('mine')
  expect(newcomer.textOf(await newcomer.waitForMessage('does not know you yet'))).toContain('people:')
})
