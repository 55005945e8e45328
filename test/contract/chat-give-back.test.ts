import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { formerHolder } from '../../src/app/former-holder.ts'
import { personId } from '../../src/domain/ids.ts'
import type { Person } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { untilHolds } from '../support/until-holds.ts'
import { accessCard, developer, directTo, fakeUseCases, type Stage, stage } from './chat-fakes.ts'
import * as sample from './store-samples.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

/** Not in the people file, though the card of the access was for them. */
const left: Person = {
  id: personId('left'),
  name: 'left',
  identities: [{ platform: 'slack', tenant: 'T0TEAM', subject: 'U0NEW' }],
}

const play = async () => {
  const useCases = fakeUseCases({
    formerHolder: async (_, { subject }) => (subject === 'U0NEW' ? left : undefined),
  })
  running = await stage(useCases)
  return { useCases, ...running }
}

describe('access can be given back', () => {
  test.each([
    ['U0NEW', 'who left the people file', left, {}],
    ['U0DEV', 'who became a guest', developer, { isRestricted: true }],
  ] as const)('by %s, %s, and by that press alone', async (user, _, person, change) => {
    const { useCases, slack, chat } = await play()
    slack.setUser(user, change)
    const hands = slack.person(user)
    await chat.platform.post(directTo(person), accessCard)
    const card = await hands.waitForMessage('Get my one-time link')
    await hands.click(card, 'Get my one-time link')
    await untilHolds(() => expect(useCases.refusals).toHaveLength(1))
    await hands.click(card, 'Give back now')
    await hands.waitForView('Give this access back?')
    expect((await hands.submit()).closed).toBe(true)
    await untilHolds(() => expect(useCases.calls).toEqual([{ verb: 'revokeGrant', args: ['g1', person.id, ''] }]))
  })

  test('by nobody else who is unknown', async () => {
    const useCases = fakeUseCases()
    running = await stage(useCases)
    const { slack, chat } = running
    await chat.platform.post(directTo(left), accessCard)
    const hands = slack.person('U0NEW')
    await hands.click(await hands.waitForMessage('Get my one-time link'), 'Give back now')
    await hands.waitForMessage('Latchkey does not know you yet')
    expect(hands.view()).toBeUndefined()
    expect(useCases.calls).toEqual([])
  })
})

test('a holder is known by the cards of the access, and nobody by the cards of something else', async () => {
  const store = await openStore(':memory:', { newId: randomUUID })
  const active = await sample.activated(store)
  const identity = { platform: 'slack', tenant: 'T1', subject: 'U-ada' } as const
  const recipient = { to: 'person', person: sample.ada, identity } as const
  await store.addCards([
    sample.card({ request: active.request.id, audience: 'access', recipient }),
    sample.card({ request: active.request.id }),
  ])
  const { id } = sample.grantOf(active)
  const find = formerHolder({ store })
  expect(await find(id, identity)).toMatchObject({ id: sample.ada, identities: [identity] })
  const others = [{ tenant: 'T2' }, { subject: 'U1' }, { platform: 'teams' }] as const
  expect(await Promise.all(others.map((other) => find(id, { ...identity, ...other })))).toEqual(
    Array(3).fill(undefined),
  )
  const other = sample.grantOf(await sample.activated(store))
  expect(await find(other.id, identity)).toBeUndefined()
  await store.close()
})
