import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { refuse } from '../../src/domain/refusal.ts'
import { homeView } from '../../src/views/home.ts'
import { untilHolds } from '../support/until-holds.ts'
import { active, developer, fakeUseCases, people, request, type Stage, stage } from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const [identity = undefined as never] = developer.identities
const nameOf = (id: string) => {
  const person = people.find((each) => each.id === id)
  return { person: person?.name ?? id, identities: person?.identities ?? [] }
}
const content = {
  now: Date.now() as never,
  nameOf,
  command: '/vault',
  shortcut: 'Or press the bell.',
  example: 'kv/apps/db',
  mayRequest: true,
  waiting: { shown: [{ request: { ...request, requester: people[1]?.id ?? request.requester } }], hasMore: false },
  own: [active],
}

const play = async (overrides: Partial<UseCases> = {}) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases)
  const { slack, chat } = running
  const home = chat.platform.home
  if (!home) throw new Error('Slack has homes')
  return { useCases, slack, home, dev: slack.person('U0DEV'), boss: slack.person('U0OWNER') }
}

describe('the App Home', () => {
  test('is asked for when somebody opens it, which replaces a welcome', async () => {
    const opened: unknown[] = []
    const { dev } = await play({
      openHome: async (of) => void opened.push(of),
      skipWelcome: async (person) => void opened.push(person),
    })
    await dev.openHome()
    await untilHolds(() => expect(opened).toEqual([identity, 'developer']))
  })

  test('shows what can be requested, what waits, the own access, and how to type', async () => {
    const { home, dev } = await play()
    await home.show(identity, homeView(content))
    const text = dev.home()?.text ?? ''
    for (const words of [
      'As of',
      'Waits for you',
      'Your access',
      'kv/apps/db',
      '/vault request',
      'Or press the bell.',
    ]) {
      expect(text).toContain(words)
    }
  })

  test('opens the request form, and gives back without a further message', async () => {
    const { useCases, home, dev } = await play()
    await home.show(identity, homeView(content))
    await dev.clickInHome('Request access')
    expect((await dev.waitForView('Request access')).submit).toBe('Send request')
    await dev.closeView()
    await dev.clickInHome('Give back now')
    await untilHolds(() => expect(dev.view()?.submit).toBeDefined())
    await dev.submit()
    await untilHolds(() => expect(useCases.calls.map(({ verb }) => verb)).toEqual(['revokeGrant']))
    expect(dev.inbox()).toEqual([])
  })

  test('of somebody else has buttons that refuse', async () => {
    const { useCases, home, boss } = await play()
    const [theirs] = people[1]?.identities ?? []
    const view = homeView(content)
    const { origin: _, ...bare } = view
    // A thief of the bot token could publish such a page, but cannot seal it.
    await home.show(identity, view)
    expect(theirs).toBeDefined()
    await running?.slack.person('U0DEV').openHome()
    const stolen = running?.slack.person('U0DEV').home()?.blocks
    await fetch(`${running?.slack.apiUrl}views.publish`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-of-this-test', 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: 'U0OWNER', view: { type: 'home', blocks: stolen } }),
    })
    expect(bare.parts.length).toBeGreaterThan(0)
    await boss.clickInHome('Request access')
    await untilHolds(() => expect(useCases.refusals).toMatchObject([{ refusal: { code: 'foreign-message' } }]))
  })

  test('tells a stranger in its place what to do, and is not kept', async () => {
    const opened: unknown[] = []
    const { useCases, slack } = await play({ openHome: async (of) => void opened.push(of) })
    await slack.person('U0NEW').openHome()
    await untilHolds(() => expect(slack.person('U0NEW').home()?.text).toContain('does not know you'))
    expect([opened, useCases.refusals]).toMatchObject([[], [{ refusal: { code: 'unknown-person' } }]])
  })

  test('tells a guest that guests cannot use it', async () => {
    const { slack } = await play({ mayEnd: async () => refuse({ code: 'not-the-requester' }) })
    await slack.person('U0GUEST').openHome()
    await untilHolds(() => expect(slack.person('U0GUEST').home()?.text).toContain('Guests cannot'))
  })
})
