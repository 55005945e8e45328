import { describe, expect, test } from 'vitest'
import { newFollowingClock } from '../../src/clock.ts'
import { timestamp } from '../../src/domain/time.ts'

/** A machine whose steady clock the test moves, and a database whose clock differs. */
const setting = (difference: number) => {
  let steady = 1_000
  const clock = newFollowingClock(() => steady)
  const pass = (milliseconds: number) => {
    steady += milliseconds
  }
  /** An answer that took these times to the database and back. */
  const answer = (there: number, back: number) => async () => {
    pass(there)
    const time = timestamp(steady + difference)
    pass(back)
    return time
  }
  return { clock, pass, answer, truth: () => steady + difference }
}

describe('a clock that follows the database’s', () => {
  test('tells its time, however far the machine’s is from it', async () => {
    const { clock, answer, pass, truth } = setting(1_700_000_000_000)
    await clock.follow(answer(10, 10))
    expect(clock.now()).toBe(truth())
    pass(12_345)
    expect(clock.now()).toBe(truth())
  })

  test('believes the quickest of its looks', async () => {
    const { clock, answer, truth } = setting(1_700_000_000_000)
    const looks = [answer(400, 20), answer(2, 2), answer(30, 900), answer(90, 10), answer(50, 10)]
    await clock.follow(() => (looks.shift() ?? answer(0, 0))())
    expect(clock.now()).toBe(truth())
  })

  test('is never wrong by more than half of the quickest wait', async () => {
    const { clock, answer, truth } = setting(1_700_000_000_000)
    await clock.follow(answer(40, 0))
    expect(Math.abs(clock.now() - truth())).toBeLessThanOrEqual(20)
  })

  test('never goes back: it stands until the database’s clock has come so far', async () => {
    const { clock, answer, pass } = setting(1_700_000_000_000)
    await clock.follow(answer(0, 0))
    const before = clock.now()
    const there = timestamp(before - 300)
    await clock.follow(async () => there)
    expect(clock.now()).toBe(before)
    pass(200)
    expect(clock.now()).toBe(before)
    pass(150)
    expect(clock.now()).toBe(before + 50)
  })

  test('keeps its time while the database does not answer', async () => {
    const { clock, answer, pass, truth } = setting(1_700_000_000_000)
    await clock.follow(answer(0, 0))
    await expect(clock.follow(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
    pass(60_000)
    expect(clock.now()).toBe(truth())
  })

  test('is the machine’s clock until it follows another one', () => {
    const before = Date.now()
    const now = newFollowingClock().now()
    expect([now >= before, now <= Date.now()]).toEqual([true, true])
  })
})
