import { describe, expect, test } from 'vitest'
import { parseMessageBlocks } from '../../../src/simulator/slack/block-kit.ts'
import { parseView } from '../../../src/simulator/slack/block-kit-views.ts'

let count = 0
const newId = () => `id${++count}`
const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) })
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) })
const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index))
const button = (more: object = {}) => ({ type: 'button', text: plain(4), ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const option = (more: object = {}) => ({ text: plain(4), value: 'v', ...more })
const options = (length: number) => many(length, (index) => ({ text: plain(4), value: `v${index}` }))
const select = (more: object) => actions({ type: 'static_select', ...more })
const input = (element: object, more: object = {}) => ({ type: 'input', label: plain(4), element, ...more })
const confirm = (more: object) => button({ confirm: { text: mrkdwn(4), ...more } })

const complaints = (...blocks: object[]): string[] => {
  const parsed = parseMessageBlocks(blocks, newId)
  return parsed.ok ? [] : parsed.complaints
}

describe('the limits of blocks', () => {
  test.each<[string, object, object]>([
    ['header of 150', { type: 'header', text: plain(150) }, { type: 'header', text: plain(151) }],
    ['section text of 3000', { type: 'section', text: mrkdwn(3000) }, { type: 'section', text: mrkdwn(3001) }],
    [
      'ten fields',
      { type: 'section', fields: many(10, () => plain(4)) },
      { type: 'section', fields: many(11, () => plain(4)) },
    ],
    ['field of 2000', { type: 'section', fields: [plain(2000)] }, { type: 'section', fields: [plain(2001)] }],
    [
      'ten context elements',
      { type: 'context', elements: many(10, () => plain(4)) },
      { type: 'context', elements: many(11, () => plain(4)) },
    ],
    ['25 actions', actions(...many(25, () => button())), actions(...many(26, () => button()))],
    ['button text of 75', actions(button({ text: plain(75) })), actions(button({ text: plain(76) }))],
    [
      'button value of 2000',
      actions(button({ value: 'x'.repeat(2000) })),
      actions(button({ value: 'x'.repeat(2001) })),
    ],
    [
      'button address of 3000',
      actions(button({ url: `https://e.com/${'x'.repeat(2986)}` })),
      actions(button({ url: `https://e.com/${'x'.repeat(2987)}` })),
    ],
    [
      'accessibility label of 75',
      actions(button({ accessibility_label: 'x'.repeat(75) })),
      actions(button({ accessibility_label: 'x'.repeat(76) })),
    ],
    ['confirm title of 100', actions(confirm({ title: plain(100) })), actions(confirm({ title: plain(101) }))],
    ['confirm text of 300', actions(confirm({ text: mrkdwn(300) })), actions(confirm({ text: mrkdwn(301) }))],
    ['confirm button of 30', actions(confirm({ confirm: plain(30) })), actions(confirm({ confirm: plain(31) }))],
    ['deny button of 30', actions(confirm({ deny: plain(30) })), actions(confirm({ deny: plain(31) }))],
    ['100 options', select({ options: options(100) }), select({ options: options(101) })],
    [
      'option text of 75',
      select({ options: [option({ text: plain(75) })] }),
      select({ options: [option({ text: plain(76) })] }),
    ],
    [
      'option value of 75',
      select({ options: [option({ value: 'x'.repeat(75) })] }),
      select({ options: [option({ value: 'x'.repeat(76) })] }),
    ],
    [
      'option description of 75',
      select({ options: [option({ description: plain(75) })] }),
      select({ options: [option({ description: plain(76) })] }),
    ],
    [
      'placeholder of 150',
      select({ options: options(1), placeholder: plain(150) }),
      select({ options: options(1), placeholder: plain(151) }),
    ],
    [
      'ten checkboxes',
      actions({ type: 'checkboxes', options: options(10) }),
      actions({ type: 'checkboxes', options: options(11) }),
    ],
    [
      'label of 2000',
      input({ type: 'plain_text_input' }, { label: plain(2000) }),
      input({ type: 'plain_text_input' }, { label: plain(2001) }),
    ],
    [
      'hint of 2000',
      input({ type: 'plain_text_input' }, { hint: plain(2000) }),
      input({ type: 'plain_text_input' }, { hint: plain(2001) }),
    ],
    [
      'max_length of 3000',
      input({ type: 'plain_text_input', max_length: 3000 }),
      input({ type: 'plain_text_input', max_length: 3001 }),
    ],
    [
      'image description of 2000',
      { type: 'image', image_url: 'https://e.com/a.png', alt_text: 'x'.repeat(2000) },
      { type: 'image', image_url: 'https://e.com/a.png', alt_text: 'x'.repeat(2001) },
    ],
    ['block_id of 255', { type: 'divider', block_id: 'x'.repeat(255) }, { type: 'divider', block_id: 'x'.repeat(256) }],
    [
      'action_id of 255',
      actions(button({ action_id: 'x'.repeat(255) })),
      actions(button({ action_id: 'x'.repeat(256) })),
    ],
  ])('allow a %s and no more', (_name, allowed, refused) => {
    expect(complaints(allowed)).toEqual([])
    expect(complaints(refused)).toHaveLength(1)
  })

  test('allow 50 blocks in a message and 100 in a view', () => {
    const dividers = (length: number) => many(length, () => ({ type: 'divider' }))
    expect(complaints(...dividers(50))).toEqual([])
    expect(complaints(...dividers(51))).toEqual(['[ERROR] no more than 50 items allowed [json-pointer:/blocks]'])
    expect(parseView({ type: 'home', blocks: dividers(100) }, newId).ok).toBe(true)
    expect(parseView({ type: 'home', blocks: dividers(101) }, newId).ok).toBe(false)
  })
})

describe('mistakes in blocks', () => {
  test.each<[string, object[], string]>([
    ['an unknown block', [{ type: 'carousel' }], '[ERROR] unsupported type: carousel [json-pointer:/blocks/0/type]'],
    [
      'an unknown property',
      [{ type: 'divider', colour: 'red' }],
      '[ERROR] invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    [
      'an empty text',
      [{ type: 'section', text: mrkdwn(0) }],
      '[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: mrkdwn(4) }],
      '[ERROR] unsupported value: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'a section without words',
      [{ type: 'section' }],
      '[ERROR] missing required field: text or fields [json-pointer:/blocks/0]',
    ],
    [
      'a missing label',
      [{ type: 'input', element: { type: 'plain_text_input' } }],
      '[ERROR] missing required field [json-pointer:/blocks/0/label]',
    ],
    [
      'a button in an input',
      [input(button())],
      '[ERROR] unsupported type: button [json-pointer:/blocks/0/element/type]',
    ],
    [
      'a long context text',
      [{ type: 'context', elements: [mrkdwn(3001)] }],
      '[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/elements/0/text]',
    ],
    [
      'a menu without options',
      [select({})],
      '[ERROR] exactly one of options and option_groups is required [json-pointer:/blocks/0]',
    ],
    [
      'an initial option from elsewhere',
      [select({ options: options(2), initial_option: option() })],
      '[ERROR] initial_option is not one of the options [json-pointer:/blocks/0]',
    ],
    [
      'an action_id twice in a block',
      [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))],
      '[ERROR] action_id already used in this block: a [json-pointer:/blocks/0]',
    ],
    [
      'a block_id twice',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      '[ERROR] block_id already used: a [json-pointer:/blocks/1/block_id]',
    ],
    [
      'a link without a scheme',
      [actions(button({ url: 'example.com' }))],
      '[ERROR] must be a valid URL [json-pointer:/blocks/0/elements/0/url]',
    ],
  ])('such as %s are named with their place', (_name, blocks, complaint) => {
    expect(complaints(...blocks)).toEqual([complaint])
  })

  test('do not include the same action_id in two blocks', () => {
    expect(complaints(actions(button({ action_id: 'a' })), actions(button({ action_id: 'a' })))).toEqual([])
  })
})

describe('views', () => {
  const modal = (more: object) => parseView({ type: 'modal', title: plain(24), blocks: [], ...more }, newId)

  test.each<[string, object, object]>([
    ['title of 24', { title: plain(24) }, { title: plain(25) }],
    ['submit of 24', { submit: plain(24) }, { submit: plain(25) }],
    ['close of 24', { close: plain(24) }, { close: plain(25) }],
    ['private_metadata of 3000', { private_metadata: 'x'.repeat(3000) }, { private_metadata: 'x'.repeat(3001) }],
    ['callback_id of 255', { callback_id: 'x'.repeat(255) }, { callback_id: 'x'.repeat(256) }],
  ])('allow a %s and no more', (_name, allowed, refused) => {
    expect(modal(allowed).ok).toBe(true)
    expect(modal(refused).ok).toBe(false)
  })

  test('need a submit button as soon as they hold an input', () => {
    const blocks = [input({ type: 'plain_text_input' })]
    expect(modal({ blocks }).ok).toBe(false)
    expect(modal({ blocks, submit: plain(4) }).ok).toBe(true)
  })

  test('give ids to blocks and elements that came without one', () => {
    const parsed = modal({ blocks: [input({ type: 'plain_text_input' })], submit: plain(4) })
    const block = parsed.ok ? parsed.value.blocks[0] : undefined
    expect(block).toMatchObject({ block_id: expect.any(String), element: { action_id: expect.any(String) } })
  })
})
