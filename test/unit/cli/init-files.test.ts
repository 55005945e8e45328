import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { peopleText } from '../../../src/cli/init/files.ts'

test.each(['123', 'true', 'null', '1e3', 'ada'])(
  'a person with the handle %s is a member of the groups by name',
  (handle) => {
    const member = { handle, name: 'Somebody', identity: 'T0TEAM/U0ADA', platform: 'slack' } as const
    const { people, groups } = parse(peopleText({ owners: [member], requesters: [member] }))
    const [key] = Object.keys(people)
    expect(groups).toEqual({ owners: [key], requesters: [key] })
  },
)

test('who has an account in two chats is one person with both, and stands in a group once', () => {
  const inSlack = { handle: 'dba', name: 'DBA', identity: 'T0TEAM/U0DBA', platform: 'slack' } as const
  const inTeams = { handle: 'dba', name: 'DBA', identity: 'tenant/object', platform: 'teams', of: 'dba' } as const
  const other = { handle: 'dba', name: 'dba', identity: 'tenant/other', platform: 'teams' } as const
  expect(parse(peopleText({ owners: [inSlack, inTeams], requesters: [inTeams, other] }))).toEqual({
    people: {
      dba: { name: 'DBA', slack: ['T0TEAM/U0DBA'], teams: ['tenant/object'] },
      'dba-2': { name: 'dba', teams: ['tenant/other'] },
    },
    groups: { owners: ['dba'], requesters: ['dba', 'dba-2'] },
  })
})
