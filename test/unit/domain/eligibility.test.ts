import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { barOf, mayRequest } from '../../../src/domain/eligibility.ts'
import { integrationId, type PersonId, personId } from '../../../src/domain/ids.ts'
import type { Party } from '../../../src/domain/integration.ts'

const somebody = fc.constantFrom('ada', 'grace', 'linus')
const anyParty = fc.constantFrom<Party>('group:one', 'group:two', 'person:ada', 'person:grace', 'group:none')
const anyCompany = fc.record({
  known: fc.uniqueArray(somebody),
  groups: fc.dictionary(fc.constantFrom('one', 'two'), fc.uniqueArray(somebody)),
  requesters: fc.array(anyParty, { minLength: 1, maxLength: 3 }),
  person: somebody,
  notOffered: fc.option(fc.constant('kv/apps/db'), { nil: undefined }),
})
type Company = typeof anyCompany extends fc.Arbitrary<infer One> ? One : never

const membersIn =
  ({ groups }: Pick<Company, 'groups'>) =>
  (party: Party): readonly PersonId[] => {
    const name = party.slice(party.indexOf(':') + 1)
    return (party.startsWith('person:') ? [name] : (groups[name] ?? [])).map(personId)
  }
const judge = (company: Company) =>
  barOf({
    person: personId(company.person),
    isKnown: company.known.includes(company.person),
    integration: { id: integrationId('production'), requesters: company.requesters },
    membersOf: membersIn(company),
    notOffered: company.notOffered,
  })

describe('whether somebody may have access', () => {
  test('takes all three: to be known, to be a requester, and that the thing is offered', () => {
    fc.assert(
      fc.property(anyCompany, (company) => {
        const integration = { requesters: company.requesters }
        const isRequester = mayRequest(personId(company.person), integration, membersIn(company))
        const isKnown = company.known.includes(company.person)
        expect(judge(company) === undefined).toBe(isKnown && isRequester && company.notOffered === undefined)
        if (!isKnown) expect(judge(company)?.code).toBe('requester-gone')
      }),
    )
  })

  test('is never gained by taking a person, a membership or a requester away', () => {
    fc.assert(
      fc.property(anyCompany, fc.nat(), (company, index) => {
        if (judge(company) === undefined) return
        const without = <T>(list: readonly T[]) => list.filter((_, at) => at !== index % Math.max(1, list.length))
        const groups = Object.fromEntries(Object.entries(company.groups).map(([name, all]) => [name, without(all)]))
        expect(judge({ ...company, known: without(company.known) })).toBeDefined()
        expect(judge({ ...company, groups })).toBeDefined()
        expect(judge({ ...company, requesters: without(company.requesters) })).toBeDefined()
      }),
    )
  })
})
