import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { chatKinds } from '../../../src/chat/index.ts'
import { openPeopleFile } from '../../../src/directory/people-file.ts'
import { cleanLine, cutEnd } from '../../../src/domain/clean.ts'
import { freeKey, keyFrom } from '../../../src/domain/person-key.ts'
import { type Newcomer, newcomerView, peopleCommand, peopleFileLines } from '../../../src/views/introduction.ts'
import { at, nameOf, pending, wordsOf } from './subjects.ts'

const newcomer: Newcomer = {
  identity: { platform: 'slack', tenant: 'T0TEAM', subject: 'U0NEW' },
  key: 'grace-hopper',
  name: 'Grace Hopper',
  isKnown: false,
  groups: ['engineers'],
}

/** Opens the lines as a people file, as an administrator would who has none yet. */
const opened = async (lines: readonly string[]) => {
  const file = join(mkdtempSync(join(tmpdir(), 'latchkey-people-')), 'people.yaml')
  writeFileSync(file, lines.join('\n'))
  return openPeopleFile(file, chatKinds)
}

test('the lines name the person, the account and the group that may request, and suffice', async () => {
  expect(peopleFileLines(newcomer)).toEqual([
    'people:',
    '  grace-hopper:',
    '    name: "Grace Hopper"',
    '    slack: [T0TEAM/U0NEW]',
    'groups:',
    '  engineers: [grace-hopper]',
  ])
  const directory = await opened(peopleFileLines(newcomer))
  expect(directory.person(newcomer.identity)).toMatchObject({ id: 'grace-hopper', name: 'Grace Hopper' })
  expect(directory.members('group:engineers')).toEqual(['grace-hopper'])
  expect(peopleCommand(newcomer)).toBe("latchkey people add T0TEAM/U0NEW --group engineers --name 'Grace Hopper'")
})

test('an account of Teams is written by tenant and object, in the lines and in the command', async () => {
  const tenant = '11111111-1111-4111-8111-111111111111'
  const subject = '22222222-2222-4222-8222-222222222222'
  const inTeams = { ...newcomer, identity: { platform: 'teams', tenant, subject } } as const
  expect(peopleFileLines(inTeams)).toContain(`    teams: [${tenant}/${subject}]`)
  expect(parse(peopleFileLines(inTeams).join('\n')).people['grace-hopper'].teams).toEqual([`${tenant}/${subject}`])
  expect(peopleCommand(inTeams)).toBe(
    `latchkey people add ${tenant}/${subject} --group engineers --name 'Grace Hopper'`,
  )
})

test('a name that a shell could read as more than a text is not in the command', () => {
  const bare = 'latchkey people add T0TEAM/U0NEW --group engineers'
  for (const name of ["x' --key dba '", 'a"b', 'a$(id)', 'a`id`', 'a\nb', '-rf', 'a;b', 'a|b', '\u202ea', undefined])
    expect(peopleCommand({ ...newcomer, name })).toBe(bare)
  expect(peopleCommand({ ...newcomer, name: 'Zoë O’Brien-Müller, Dr.' })).toBe(
    `${bare} --name 'Zoë O’Brien-Müller, Dr.'`,
  )
})

test('of several groups the others are only named, because each gives other rights', async () => {
  const lines = peopleFileLines({ ...newcomer, groups: ['engineers', 'sre'] })
  expect(lines.at(-1)).toBe('  # or sre: [grace-hopper]')
  expect((await opened(lines)).members('group:sre')).toEqual([])
})

test('a person of the people file gets the group alone', () => {
  const known = { ...newcomer, isKnown: true }
  expect(peopleFileLines(known)).toEqual(['groups:', '  engineers: [grace-hopper]'])
  expect(peopleCommand(known)).toBeUndefined()
})

test('whatever people call themselves stays a name, and their key stays a key', () => {
  const anything = fc.string({ unit: 'binary-ascii', maxLength: 120 })
  const nasty = fc.constantFrom(
    '"\n  admin: [x]',
    "'",
    '# no',
    '\u2028evil',
    '{a: b}',
    '*alias',
    '\\"',
    'yes',
    'true',
    'NULL',
    '007',
    '1e3',
    '0x1F',
  )
  fc.assert(
    fc.property(fc.oneof(anything, nasty), (typed) => {
      const name = cutEnd(cleanLine(typed), 80)
      const key = freeKey(name, () => false)
      const read = parse(peopleFileLines({ ...newcomer, name, key }).join('\n'))
      expect(read).toEqual({ people: { [key]: { name, slack: ['T0TEAM/U0NEW'] } }, groups: { engineers: [key] } })
      expect(key).toMatch(/^[a-z0-9][a-z0-9-]*$/)
    }),
  )
})

test('a key is free', () => {
  expect(keyFrom('Zoë O’Brien')).toBe('zoe-o-brien')
  expect(keyFrom('李雷')).toBe('someone')
  expect(freeKey('Ada', (key) => key === 'ada' || key === 'ada-2')).toBe('ada-3')
})

const sentence = ['Latchkey does not know you yet.']
const people = [pending.requester]
const shown = { newcomer, sentence, asked: { at: undefined, people }, nameOf }

test('the lines are shown once, then a short sentence; the button stays until it was used', () => {
  const first = wordsOf(newcomerView(shown))
  expect(first).toContain('|     slack: [T0TEAM/U0NEW]')
  expect(first).toContain('[Ask the administrators]')
  const again = wordsOf(newcomerView({ ...shown, newcomer: undefined }))
  expect(again).not.toContain('slack:')
  expect(again).toContain('in an earlier message to you')
  expect(again).toContain('[Ask the administrators]')
  const asked = wordsOf(newcomerView({ ...shown, newcomer: undefined, asked: { at: at(5), people } }))
  expect(asked).toContain('Developer on call got them 2026-11-23 14:05 UTC')
  expect(asked).not.toContain('[Ask the administrators]')
})

test('where nobody can be asked, there is no button', () => {
  expect(wordsOf(newcomerView({ ...shown, asked: { at: undefined, people: [] } }))).not.toContain('[Ask')
})
