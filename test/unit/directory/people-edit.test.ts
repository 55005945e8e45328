import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { withAccount, withPerson } from '../../../src/directory/people-edit.ts'

const person = { key: 'ada', name: 'Ada', platform: 'slack', account: 'T0/U0ADA', groups: ['engineers'] }

describe('a person who is added', () => {
  test('leaves every other line as it is written', () => {
    const before = `# who is who
people:
  dba: { name: "DBA",   slack: [T0/U0DBA] } # aligned by hand
  # on call this week
  oncall:
    name: On call
    slack:
      - T0/U0ONCALL # main

groups:
  engineers: [oncall,  dba] # may ask
  platform:
    - dba # decides
  # nobody yet
  empty: []
`
    const after = withPerson(before, { ...person, groups: ['engineers', 'platform', 'empty', 'fresh'] })
    expect(after).toBe(`# who is who
people:
  dba: { name: "DBA",   slack: [T0/U0DBA] } # aligned by hand
  # on call this week
  oncall:
    name: On call
    slack:
      - T0/U0ONCALL # main
  ada: { name: Ada, slack: [T0/U0ADA] }

groups:
  engineers: [oncall,  dba, ada] # may ask
  platform:
    - dba # decides
    - ada
  # nobody yet
  empty: [ada]
  fresh: [ada]
`)
  })

  test('joins groups that are written between braces', () => {
    const before = 'people:\n  dba: { name: D }\ngroups: { engineers: [dba], empty: [] } # all\n'
    expect(withPerson(before, { ...person, groups: ['engineers', 'fresh'] })).toBe(
      'people:\n  dba: { name: D }\n  ada: { name: Ada, slack: [T0/U0ADA] }\n' +
        'groups: { engineers: [dba, ada], empty: [], fresh: [ada] } # all\n',
    )
  })

  test('is added also where the file has no groups, no people, or is written as JSON', () => {
    expect(withPerson('people:\n  dba: { name: D }', { ...person, groups: ['a', 'b'] })).toBe(
      'people:\n  dba: { name: D }\n  ada: { name: Ada, slack: [T0/U0ADA] }\ngroups:\n  a: [ada]\n  b: [ada]\n',
    )
    for (const empty of ['people: {}\n', 'people: {}\ngroups: {}\n', '{"people":{},"groups":{"engineers":[]}}']) {
      expect(parse(withPerson(empty, person))).toEqual({
        people: { ada: { name: 'Ada', slack: ['T0/U0ADA'] } },
        groups: { engineers: ['ada'] },
      })
    }
  })

  test('has the very name, whatever is in it', () => {
    const key = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,5}$/)
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(name, key, fc.dictionary(key, fc.record({ name })), fc.boolean(), (own, id, people, isFlow) => {
        const { [id]: _, ...others } = people
        const before = { people: others, groups: { engineers: Object.keys(others) } }
        const text = stringify(before, { collectionStyle: isFlow ? 'flow' : 'any' })
        expect(parse(withPerson(text, { ...person, key: id, name: own }))).toEqual({
          people: { ...others, [id]: { name: own, slack: ['T0/U0ADA'] } },
          groups: { engineers: [...Object.keys(others), id] },
        })
      }),
    )
  })
})

describe('one more account of a person', () => {
  const account = { key: 'ada', platform: 'teams', account: 't/o' }

  test.each([
    [
      'between braces',
      'people:\n  ada: { name: Ada, slack: [T0/U0] } # on call\n',
      'people:\n  ada: { name: Ada, slack: [T0/U0], teams: [t/o] } # on call\n',
    ],
    [
      'line by line',
      'people:\n  ada:\n    name: Ada # she\n    slack:\n      - T0/U0 # main\n  dba: { name: D }\n',
      'people:\n  ada:\n    name: Ada # she\n    slack:\n      - T0/U0 # main\n    teams: [t/o]\n  dba: { name: D }\n',
    ],
  ])('is added to an entry %s, and leaves the rest as it is written', (_, before, after) => {
    expect(withAccount(before, account)).toBe(after)
  })

  test('is added beside another account of the same chat', () => {
    for (const before of [
      'people:\n  ada: { name: Ada, teams: [t/a] }\n',
      '{"people":{"ada":{"name":"Ada","teams":["t/a"]}}}',
    ])
      expect(parse(withAccount(before, account)).people.ada).toEqual({ name: 'Ada', teams: ['t/a', 't/o'] })
  })
})
