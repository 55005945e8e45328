import { beforeEach, describe, expect, test } from 'vitest'
import { after, seconds } from '../../../src/domain/time.ts'
import { type SealedSignIns, sealedSignIns } from '../../../src/http/sealed-sign-ins.ts'
import { noon } from '../../support/builders.ts'

let now = noon
let memory: SealedSignIns
beforeEach(() => {
  now = noon
  memory = sealedSignIns({ now: () => now })
})

describe('a sign-in under way for a page that anybody may name', () => {
  test('is handed out once, with its secrets, to the browser in which it began', () => {
    const kept = memory.begin('mine', 'access/abc', 'remembered')
    expect(memory.take('another', kept.state)).toBe('other-browser')
    expect(memory.take(undefined, kept.state)).toBe('other-browser')
    expect(memory.take('mine', kept.state)).toEqual({ page: 'access/abc', kept })
    expect(memory.take('mine', kept.state)).toBe('unknown')
  })

  test('is pushed out by nobody, however many begin', () => {
    const kept = memory.begin('mine', 'access/abc', 'remembered')
    for (let press = 0; press < 10_050; press += 1) memory.begin(`browser-${press}`, 'access/abc', 'remembered')
    expect(memory.take('mine', kept.state)).toMatchObject({ page: 'access/abc' })
  })

  test('carries none of its secrets, and is believed only as it was sealed', () => {
    const { state, nonce, verifier } = memory.begin('mine', 'access/abc', 'remembered')
    expect(state).not.toMatch(new RegExp(`mine|${nonce}|${verifier}`))
    expect(memory.take('mine', state.replace('abc', 'abd'))).toBe('unknown')
    expect(memory.take('mine', state.replace('remembered', 'fresh'))).toBe('unknown')
    expect(memory.take('mine', '')).toBe('unknown')
    expect(sealedSignIns({ now: () => now }).take('mine', state)).toBe('unknown')
  })

  test('is over after ten minutes, and knows since when the sign-in must be fresh', () => {
    const late = memory.begin('mine', 'alarm/abc', 'fresh')
    now = after(now, seconds(1))
    const kept = memory.begin('mine', 'alarm/abc', 'fresh')
    expect(kept.freshSince).toBe(now)
    now = after(now, seconds(599))
    expect(memory.take('mine', late.state)).toBe('unknown')
    expect(memory.take('mine', kept.state)).toEqual({ page: 'alarm/abc', kept })
  })
})
