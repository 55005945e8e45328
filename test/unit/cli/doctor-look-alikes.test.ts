import { describe, expect, test } from 'vitest'
import { lookAlikes } from '../../../src/cli/doctor/look-alikes.ts'
import { writeYaml } from '../../../src/config/yaml.ts'

const slack = ['T0EXAMPLE/U0ADA']
const teams = ['11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222']
const findingsIn = (people: object) => lookAlikes(writeYaml({ people, groups: {} }), 'people.yaml')

describe('doctor, about entries of the people file that look like one human', () => {
  test('names two with the same name on different chats, and says to join them', () => {
    const people = { dba: { name: 'DB  Administrator ', slack }, 'dba-2': { name: 'db administrator', teams } }
    const [found, ...others] = findingsIn(people)
    expect(others).toEqual([])
    expect(found).toMatchObject({
      ...{ what: 'people', state: 'optional' },
      found: 'dba (slack) and dba-2 (teams) have the same name',
      remedy: expect.stringContaining('put every account under dba, and delete the others'),
    })
  })

  test('fails for two with the same e-mail address, and tells them once', () => {
    const people = {
      dba: { name: 'Administrator', email: 'DBA@example.com', slack },
      'dba-2': { name: 'Administrator', email: 'dba@example.com', teams },
    }
    expect(findingsIn(people)).toMatchObject([
      { state: 'missing', found: 'dba (slack) and dba-2 (teams) have the same e-mail address' },
    ])
  })

  test.each([
    [
      'two people of one chat with one name',
      { a: { name: 'Alex', slack }, b: { name: 'Alex', slack: ['T0EXAMPLE/U2'] } },
    ],
    ['one entry with both accounts', { a: { name: 'Alex', slack, teams } }],
    [
      'one entry with both accounts, and another person of that name',
      { a: { name: 'Alex', slack, teams }, b: { name: 'Alex', teams: ['x/y'] } },
    ],
    ['an entry without an account in a chat', { a: { name: 'Alex', slack }, b: { name: 'Alex', oidc: [{}] } }],
    ['different names', { a: { name: 'Alex', slack }, b: { name: 'Alexa', teams } }],
    ['an empty file', {}],
  ])('says nothing about %s', (_, people) => {
    expect(findingsIn(people)).toEqual([])
  })

  test('names twenty at most, and counts the rest', () => {
    const pairs = Array.from({ length: 22 }, (_, index) => ({
      [`a${index}`]: { name: `Person ${index}`, slack },
      [`b${index}`]: { name: `Person ${index}`, teams },
    }))
    const found = findingsIn(Object.assign({}, ...pairs))
    expect(found).toHaveLength(21)
    expect(found.at(-1)?.found).toBe('2 more entries look alike')
  })
})
