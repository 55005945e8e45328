import { expect, test } from 'vitest'
import { accessAt } from '../../../src/app/access-at.ts'
import { type AuditKind, system } from '../../../src/domain/audit-event.ts'
import { newGrant } from '../../../src/domain/grant.ts'
import { grantId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import type { AuditRow } from '../../../src/ports.ts'
import { aRequest, noon } from '../../support/builders.ts'

const request = aRequest()
const { id, requester: person, integration, items, duration, plan } = request
const grant = newGrant({ id: grantId('grant-1'), request: id, person, integration, items, duration, plan }, noon)
const minute = (count: number) => timestamp(noon + count * 60_000)
const history = (...happened: readonly [number, AuditKind][]): AuditRow[] =>
  happened.map(([at, kind], index) => ({
    ...{ sequence: index + 1, hash: 'f'.repeat(64), at: minute(at), kind, actor: system, detail: {} },
  }))
const when = (rows: AuditRow[], at: number) => {
  const then = accessAt(request, grant, rows, minute(at))
  const minutes = (moment: number | undefined) => moment !== undefined && (moment - noon) / 60_000
  return then && [minutes(then.from), minutes(then.until), minutes(then.endingSince), minutes(then.credentialSince)]
}

const whole = history(
  [0, 'request-submitted'],
  [1, 'request-approved'],
  [2, 'access-provisioned'],
  [3, 'link-opened'],
  [4, 'credential-issued'],
  [10, 'access-ending'],
  [12, 'access-ended'],
)

test.each([
  ['before it was set up', 1, undefined],
  ['from the moment that it was set up, without a credential', 2, [2, 12, false, false]],
  ['with a credential, once that was issued', 5, [2, 12, false, 4]],
  ['while its end was asked for and not proved', 11, [2, 12, 10, 4]],
  ['no more once its end was proved', 12, undefined],
])('access is told as it was %s', (_, at, expected) => {
  expect(when(whole, at)).toEqual(expected)
})

test('access whose end is not proved goes on', () => {
  expect(when(whole.slice(0, -1), 99)).toEqual([2, false, 10, 4])
})

test('a credential that was withdrawn could not be used until the next was issued', () => {
  const rows = history(
    [0, 'access-provisioned'],
    [1, 'credential-issued'],
    [2, 'link-misused'],
    [3, 'credential-withdrawn'],
    [5, 'credential-issued'],
  )
  expect([when(rows, 2), when(rows, 4), when(rows, 6)]).toEqual([
    [0, false, false, 1],
    [0, false, false, false],
    [0, false, false, 5],
  ])
})

test('access that was found to exist after its end counts again', () => {
  const rows = history([0, 'access-provisioned'], [1, 'access-ended'], [2, 'access-provisioned'], [3, 'access-ended'])
  expect([when(rows, 1), when(rows, 2), when(rows, 3)]).toEqual([undefined, [2, 3, false, false], undefined])
})

test('a setting-up that failed is no access', () => {
  expect(when(history([0, 'request-approved'], [1, 'access-step-failed']), 2)).toBeUndefined()
})
