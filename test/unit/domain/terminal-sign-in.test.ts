import { expect, test } from 'vitest'
import { personId, sessionId } from '../../../src/domain/ids.ts'
import {
  awaitTyping,
  drawCode,
  exchange,
  isOpen,
  permitInBrowser,
  readCode,
} from '../../../src/domain/terminal-sign-in.ts'
import { type Timestamp, timestamp } from '../../../src/domain/time.ts'

const at = (second: number): Timestamp => timestamp(1_700_000_000_000 + second * 1000)
const machine = { hash: 'h', key: 'thumb', label: 'ada-laptop', address: '192.0.2.1' }
const permit = { person: personId('ada'), rights: 'own', at: at(10) } as const

test('a drawn code has no look-alikes and no vowels, and is read however a person writes it', () => {
  let drawn = 0
  const code = drawCode(() => {
    drawn += 0.119
    return drawn % 1
  })
  expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  for (const written of [code, code.toLowerCase(), code.replace('-', ''), ` ${code.replace('-', ' – ')} `]) {
    expect(readCode(written)).toBe(code)
  }
  for (const wrong of ['', 'BBBB', 'BBBB-BBB1', 'AAAA-BBBB', 'BBBB-BBBB-B']) expect(readCode(wrong)).toBeUndefined()
})

test('a sign-in waits five minutes for one person', () => {
  const begun = awaitTyping({ ...machine, typed: 't' }, at(0))
  expect([isOpen(begun, at(299)), isOpen(begun, at(300)), isOpen({ ...begun, permit }, at(11))]).toEqual([
    true,
    false,
    false,
  ])
  expect(exchange(begun, { key: 'thumb' }, at(1))).toEqual({ is: 'waiting' })
  expect(exchange({ ...begun, permit }, { key: 'thumb' }, at(11))).toEqual({ is: 'permitted', permit })
  expect(exchange({ ...begun, permit }, { key: 'thumb' }, at(300))).toEqual({ is: 'too-late' })
})

test('a code from the browser needs key and challenge, for a minute; a wrong proof reveals nothing', () => {
  const begun = permitInBrowser({ ...machine, challenge: 'c' }, permit)
  const right = { key: 'thumb', challenge: 'c' }
  expect(exchange(begun, right, at(69))).toEqual({ is: 'permitted', permit })
  expect(exchange(begun, right, at(70))).toEqual({ is: 'too-late' })
  const done = { ...begun, session: sessionId('s1') }
  for (const wrong of [{ key: 'thumb' }, { ...right, key: 'other' }, { ...right, challenge: 'other' }]) {
    expect(exchange(done, wrong, at(11))).toEqual({ is: 'wrong-proof' })
  }
  expect(exchange(done, right, at(99))).toEqual({ is: 'again', session: 's1' })
})
