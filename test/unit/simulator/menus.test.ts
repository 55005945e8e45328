import type { types } from '@slack/bolt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { developer, lead, type Pair, startPair } from './bolt-app.ts'
import { modal, option, plain } from './parts.ts'

let pair: Pair
let bodies: Record<string, unknown>[]

beforeEach(async () => {
  pair = await startPair()
  bodies = []
  pair.app.use(async ({ body, next }) => {
    bodies.push({ ...body })
    await next()
  })
})
afterEach(() => pair.stop())

describe('menus', () => {
  test('of a message send what was chosen', async () => {
    pair.app.action('menu', ({ ack }) => ack())
    const elements: types.ActionsBlockElement[] = [
      {
        type: 'static_select',
        action_id: 'menu',
        placeholder: plain('More'),
        options: [option('Show'), option('Hide')],
      },
    ]
    await pair.app.client.chat.postMessage({
      channel: 'C0OPEN',
      text: 'words',
      blocks: [{ type: 'actions', elements }],
    })
    const [message] = pair.slack.messages('C0OPEN')
    if (message === undefined) throw new Error('no message')
    await pair.slack.person(lead).pickIn(message, 'More', 'Hide')
    expect(bodies.at(-1)).toMatchObject({ actions: [{ type: 'static_select', selected_option: { value: 'hide' } }] })
    await expect(pair.slack.person(lead).pickIn(message, 'More', 'Eat')).rejects.toThrow('it offers "Show", "Hide"')
  })

  test('for several hold several, and boxes can be cleared again', async () => {
    const blocks: types.KnownBlock[] = [
      {
        type: 'input',
        block_id: 'flags',
        label: plain('Flags'),
        element: { type: 'checkboxes', options: [option('One'), option('Two')] },
      },
      {
        type: 'input',
        block_id: 'many',
        label: plain('Many'),
        optional: true,
        element: { type: 'multi_static_select', options: [option('Three'), option('Four')] },
      },
    ]
    pair.app.view('Boxes', ({ ack }) => ack())
    pair.app.shortcut('boxes', async ({ ack, shortcut, client }) => {
      await ack()
      await client.views.open({ trigger_id: shortcut.trigger_id, view: modal('Boxes', { blocks }) })
    })
    const person = pair.slack.person(developer)
    await person.shortcut('boxes')
    await person.waitForView('Boxes')
    await person.pick('Flags', ['One', 'Two'])
    await person.pick('Many', ['Three', 'Four'])
    await person.pick('Many', [])
    expect(person.view()?.fields.map((field) => field.chosen)).toEqual([['one', 'two'], []])
    await person.pick('Flags', [])
    expect(await person.submit()).toMatchObject({ sent: false, errors: { Flags: expect.any(String) } })
    await person.pick('Flags', 'Two')
    expect(await person.submit()).toMatchObject({ closed: true })
  })

  test('take no more than they say, neither from a person nor from the app', async () => {
    const element: types.MultiExternalSelect = {
      ...{ type: 'multi_external_select', action_id: 'few', min_query_length: 0, max_selected_items: 2 },
    }
    const block = (more: Partial<types.MultiExternalSelect> = {}): types.KnownBlock[] => [
      { type: 'input', block_id: 'few', label: plain('Few'), element: { ...element, ...more } },
    ]
    const all = ['One', 'Two', 'Three'].map(option)
    const refused: unknown[] = []
    pair.app.options('few', ({ ack }) => ack({ options: all }))
    pair.app.shortcut('few', async ({ ack, shortcut, client }) => {
      await ack()
      const open = (blocks: types.KnownBlock[]) =>
        client.views.open({ trigger_id: shortcut.trigger_id, view: modal('Few', { blocks }) })
      await open(block({ initial_options: all })).catch((error) => refused.push(error))
      await open(block({ initial_options: all.slice(0, 1) }))
    })
    const person = pair.slack.person(developer)
    await person.shortcut('few')
    await person.waitForView('Few')
    expect(refused).toHaveLength(1)
    expect(person.view()?.fields[0]?.chosen).toEqual(['one'])
    await expect(person.pick('Few', ['One', 'Two', 'Three'], { query: '' })).rejects.toThrow('takes 2 at most')
    await person.pick('Few', ['Two', 'Three'], { query: '' })
    expect(person.view()?.fields[0]?.chosen).toEqual(['two', 'three'])
  })

  test('keep what they already hold, even if the app would not offer it for those words', async () => {
    const element: types.MultiExternalSelect = {
      ...{ type: 'multi_external_select', action_id: 'what', min_query_length: 0 },
      initial_options: [option('First'), option('Second')],
    }
    const blocks: types.KnownBlock[] = [{ type: 'input', block_id: 'what', label: plain('What'), element }]
    pair.app.options('what', ({ ack, options }) => ack({ options: options.value === 'Third' ? [option('Third')] : [] }))
    pair.app.shortcut('what', async ({ ack, shortcut, client }) => {
      await ack()
      await client.views.open({ trigger_id: shortcut.trigger_id, view: modal('What', { blocks }) })
    })
    const person = pair.slack.person(developer)
    await person.shortcut('what')
    await person.waitForView('What')
    const chosen = () => person.view()?.fields[0]?.chosen
    await person.pick('What', ['first', 'second', 'Third'])
    expect(chosen()).toEqual(['first', 'second', 'third'])
    await person.pick('What', ['second'])
    expect(chosen()).toEqual(['second'])
    await expect(person.pick('What', ['second', 'first'])).rejects.toThrow('it offers nothing')
  })

  test('ask the app only after enough characters', async () => {
    const element: types.ExternalSelect = { type: 'external_select', action_id: 'find' }
    const blocks: types.KnownBlock[] = [{ type: 'input', block_id: 'find', label: plain('Find'), element }]
    pair.app.options('find', ({ ack }) => ack({ options: [option('Found')] }))
    pair.app.shortcut('find', async ({ ack, shortcut, client }) => {
      await ack()
      await client.views.open({ trigger_id: shortcut.trigger_id, view: modal('Find', { blocks }) })
    })
    const person = pair.slack.person(developer)
    await person.shortcut('find')
    await person.waitForView('Find')
    await expect(person.typeahead('Find', 'fo')).rejects.toThrow('only after 3 characters')
    await person.typeahead('Find', 'fou')
    const asked = bodies.length
    await person.pick('Find', 'Found')
    expect(bodies).toHaveLength(asked)
    expect(bodies.at(-1)).toMatchObject({ type: 'block_suggestion', value: 'fou', view: { callback_id: 'Find' } })
  })
})
