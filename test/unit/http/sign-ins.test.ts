import { beforeEach, describe, expect, test } from 'vitest'
import { personId } from '../../../src/domain/ids.ts'
import { after, seconds } from '../../../src/domain/time.ts'
import { type SignIns, signIns } from '../../../src/http/sign-ins.ts'
import { noon } from '../../support/builders.ts'

const person = { id: personId('developer'), name: 'Developer on call', identities: [] }
let now = noon
let memory: SignIns
beforeEach(() => {
  now = noon
  memory = signIns({ now: () => now }, { perGroup: 3, all: 6 })
})

const begin = (state: string, page = 'link', browser = 'browser') => {
  const begun = { browser, page, kept: { state, nonce: `nonce-of-${state}`, verifier: `verifier-of-${state}` } }
  memory.begin(begun)
  return begun
}
const isKnown = (state: string) => memory.take('browser', state) !== 'unknown'

describe('a sign-in under way', () => {
  test('is handed out once, to the browser in which it began', () => {
    const begun = begin('one')
    expect(memory.take('another', 'one')).toBe('other-browser')
    expect(memory.take(undefined, 'one')).toBe('other-browser')
    expect(memory.take('browser', 'one')).toEqual(begun)
    expect(memory.take('browser', 'one')).toBe('unknown')
  })

  test('is over after ten minutes', () => {
    begin('one')
    now = after(now, seconds(599))
    begin('two')
    now = after(now, seconds(1))
    expect(isKnown('one')).toBe(false)
    expect(isKnown('two')).toBe(true)
  })

  test('cannot be crowded out by presses on another link', () => {
    begin('mine', 'my link')
    for (let press = 0; press < 100; press += 1) begin(`theirs-${press}`, 'stolen link', `browser-${press}`)
    expect(isKnown('mine')).toBe(true)
    const left = Array.from({ length: 100 }, (_, press) => memory.take(`browser-${press}`, `theirs-${press}`))
    expect(left.filter((begun) => begun !== 'unknown')).toHaveLength(3)
  })

  test('goes when there are too many in all, the oldest first', () => {
    for (let link = 0; link < 8; link += 1) begin(`state-${link}`, `link-${link}`)
    expect(Array.from({ length: 8 }, (_, link) => isKnown(`state-${link}`))).toEqual([
      ...[false, false],
      ...[true, true, true, true, true, true],
    ])
  })
})

describe('who signed in', () => {
  test('is known for that link in that browser alone', () => {
    memory.confirm('browser', 'link', person)
    expect(memory.confirmed('browser', 'link')).toBe(person)
    expect(memory.confirmed('browser', 'another link')).toBeUndefined()
    expect(memory.confirmed('another', 'link')).toBeUndefined()
    expect(memory.confirmed(undefined, 'link')).toBeUndefined()
  })

  test('is forgotten when asked to, and after ten minutes', () => {
    memory.confirm('browser', 'link', person)
    memory.confirm('browser', 'second', person)
    memory.forget('browser', 'link')
    expect(memory.confirmed('browser', 'link')).toBeUndefined()
    now = after(now, seconds(600))
    expect(memory.confirmed('browser', 'second')).toBeUndefined()
  })
})
