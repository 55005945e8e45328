import { expect, test } from 'vitest'
import { look } from '../../../src/cli/access/revoke.ts'
import type { ControlClient } from '../../../src/cli/client.ts'
import { longestLine, mostLooked, Verb } from '../../../src/control/protocol.ts'
import { bodyCap } from '../../../src/http/api/api.ts'
import { operator } from '../../../src/http/api/calls/operator.ts'

const body = operator.find(({ path }) => path === '/operator/look')?.body
const looked = (count: number, length = 60) => ({ grants: Array.from({ length: count }, () => 'g'.repeat(length)) })

test('whoever looks at as many grants as the document allows is never told that the call is too long', () => {
  const most = looked(mostLooked)
  expect(body?.safeParse(most).success).toBe(true)
  expect(Verb.safeParse({ verb: 'look', ...most }).success).toBe(true)
  expect(JSON.stringify(most).length).toBeLessThanOrEqual(bodyCap)
  expect(JSON.stringify(most).length).toBeLessThan(longestLine / 2)
})

test('one grant more, a longer id, or one of other characters is against the document', () => {
  for (const wrong of [looked(mostLooked + 1), looked(1, 61), { grants: ['ж'.repeat(20)] }]) {
    expect(body?.safeParse(wrong).success).toBe(false)
    expect(Verb.safeParse({ verb: 'look', ...wrong }).success).toBe(false)
  }
})

test('the command that ends more accesses than one look reads follows each of them', async () => {
  const lines: number[] = []
  const server = {
    ask: async (asked: unknown) => {
      const read = Verb.parse(asked)
      if (read.verb !== 'look') throw new Error('Nothing else is asked.')
      lines.push(read.grants.length)
      return read.grants.map((id) => ({ id }))
    },
  } as unknown as ControlClient
  const ended = Array.from({ length: 2 * mostLooked + 1 }, (_, index) => `grant-${index}`)
  const seen = await look(
    server,
    ended.map((grant) => ({ grant, outcome: 'asked' as const })),
  )
  expect(seen.map(({ id }) => id)).toEqual(ended)
  expect(lines).toEqual([mostLooked, mostLooked, 1])
})
