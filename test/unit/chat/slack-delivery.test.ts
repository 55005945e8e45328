import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkedBodies } from '../../../src/chat/slack/checked-bodies.ts'
import { isDelivery, parsed } from '../../../src/chat/slack/delivery.ts'
import { readCommand, readInteraction } from '../../../src/chat/slack/payload.ts'

const user = { id: 'U0DEV', team_id: 'T0TEAM' }
const common = { team: { id: 'T0TEAM' }, enterprise: null, user }
const view = { id: 'V1', type: 'modal', callback_id: 'confirm', private_metadata: '{}', state: { values: {} } }
const action = { action_id: 'approve', block_id: 'b', type: 'button', value: '{}' }
const command = { command: '/vault', team_id: 'T0TEAM', user_id: 'U0DEV', trigger_id: '1.2.a', text: 'mine' }
const interactions = [
  { ...common, type: 'block_actions', actions: [action], trigger_id: '1.2.a' },
  { ...common, type: 'block_actions', actions: [action], view, channel: { id: 'C1' } },
  { ...common, type: 'block_suggestion', action_id: 'resource', block_id: 'resource:main', value: 'db', view },
  { ...common, type: 'view_submission', view },
  { ...common, type: 'view_closed', view },
  { ...common, type: 'shortcut', callback_id: 'request_access', trigger_id: '1.2.a' },
]
const event = { type: 'event_callback', event: { type: 'app_home_opened' } }
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
const formType = 'application/x-www-form-urlencoded'

describe('a delivery', () => {
  test('of each kind is one, and can be read', () => {
    for (const body of [command, ...interactions, event]) expect(isDelivery(body)).toBe(true)
    for (const body of interactions) expect(readInteraction(body).origin.user).toBe('U0DEV')
    expect(readCommand(command).origin.user).toBe('U0DEV')
  })

  test('comes as a form, as JSON in a form, or as JSON', () => {
    expect(parsed(form(command), formType)).toEqual(command)
    expect(parsed(form({ payload: JSON.stringify(interactions[0]) }), `${formType}; charset=utf-8`)).toEqual(
      interactions[0],
    )
    expect(parsed(JSON.stringify(event), 'application/json')).toEqual(event)
    for (const broken of ['', '{', 'payload=']) expect(parsed(broken, undefined)).toBeUndefined()
    expect(parsed('payload={', formType)).toBeUndefined()
  })

  test('is none when it is no object of a known kind, whatever else it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(isDelivery(body)).toBe(false)
        expect(isDelivery(parsed(JSON.stringify(body), 'application/json'))).toBe(false)
        expect(isDelivery(parsed(form({ payload: JSON.stringify(body) }), formType))).toBe(false)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void expect(isDelivery(parsed(text, formType))).toBe(false)))
  })

  test('is none when a part that is needed is missing or something else', () => {
    const bodies: readonly Readonly<Record<string, unknown>>[] = [command, ...interactions, event]
    const needed = ['command', 'team_id', 'user_id', 'type', 'actions', 'user', 'event', 'callback_id', 'action_id']
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.jsonValue({ maxDepth: 1 }), (body, other) => {
        for (const part of needed.filter((name) => name in body)) {
          const { [part]: right, ...rest } = body
          expect(isDelivery(rest)).toBe(false)
          if (typeof other !== typeof right || Array.isArray(right))
            expect(isDelivery({ ...rest, [part]: other })).toBe(false)
        }
      }),
    )
  })
})

test('what comes another way than by HTTP is measured the same; what is no delivery is acknowledged and counted', async () => {
  const put = async (body: unknown) => {
    const done: string[] = []
    const note = (what: string) => async () => void done.push(what)
    const way = checkedBodies(note('taken'), (why) => void done.push(why))
    await way({ body: body as never, ack: note('acknowledged') })
    return done
  }
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (body) => {
      expect(await put(body)).toEqual(['of no known shape', 'acknowledged'])
    }),
  )
  for (const body of [command, ...interactions, event]) expect(await put(body)).toEqual(['taken'])
})
