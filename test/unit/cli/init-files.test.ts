import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { peopleText } from '../../../src/cli/init/files.ts'

test.each(['123', 'true', 'null', '1e3', 'ada'])(
  'a person with the handle %s is a member of the groups by name',
  (handle) => {
    const member = { handle, name: 'Somebody', identity: 'T0TEAM/U0ADA' }
    const { people, groups } = parse(peopleText({ owners: [member], requesters: [member] }))
    const [key] = Object.keys(people)
    expect(groups).toEqual({ owners: [key], requesters: [key] })
  },
)
