import { describe, expect, test } from 'vitest'
import { newPacer } from '../../../../src/chat/teams/connector/rate.ts'
import { timestamp } from '../../../../src/domain/time.ts'
import { ExternalError } from '../../../../src/ports.ts'
import { newHandClock } from '../../../support/hand-clock.ts'

const stage = () => {
  const clock = newHandClock()
  const pacer = newPacer(clock)
  const sent: { readonly conversation: string; readonly at: number }[] = []
  const start = clock.now()
  /** Sends as the outbox does: a refused message comes again after the pause that the refusal names. */
  const send = async (conversation: string): Promise<void> => {
    try {
      await pacer.turn(conversation)
      sent.push({ conversation, at: clock.now() - start })
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      expect(error).toMatchObject({ code: 'ratelimited', transient: true })
      await clock.sleep(timestamp(clock.now() + (error.retryAfter ?? 0)), new AbortController().signal)
      await send(conversation)
    }
  }
  const momentsOf = (conversation: string) =>
    sent.filter((one) => one.conversation === conversation).map(({ at }) => at)
  return { clock, pacer, send, sent, momentsOf }
}

/** The most messages in any window of this length. */
const mostIn = (moments: readonly number[], length: number): number =>
  Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + length).length))

describe('messages to one conversation', () => {
  test('stay below each of the four limits, with room for answers, however many there are', async () => {
    const { clock, send, momentsOf } = stage()
    let left = 2_000
    const work = async () => {
      for (; left > 0; await send('a:one')) left -= 1
    }
    const all = Promise.all(Array.from({ length: 8 }, work))
    await clock.advance(7_200_000)
    await all
    const moments = momentsOf('a:one')
    expect(moments).toHaveLength(2_000)
    expect(mostIn(moments, 1_000)).toBe(6)
    expect(mostIn(moments, 2_000)).toBe(7)
    expect(mostIn(moments, 30_000)).toBe(50)
    expect(mostIn(moments, 3_600_000)).toBe(1_700)
  })

  test('are not delayed below the limits', async () => {
    const { clock, send, momentsOf } = stage()
    await Promise.all(Array.from({ length: 6 }, () => send('a:one')))
    expect(momentsOf('a:one')).toEqual([0, 0, 0, 0, 0, 0])
    await clock.advance(2_200)
    await send('a:one')
    expect(momentsOf('a:one').at(-1)).toBe(2_200)
  })

  test('wait here one at a time, for little over a second; the outbox knows how long the others wait', async () => {
    const { clock, pacer } = stage()
    await Promise.all(Array.from({ length: 6 }, () => pacer.turn('a:one')))
    const eighth = pacer.turn('a:one')
    const ninth = pacer.turn('a:one').catch((error: unknown) => error)
    expect(await ninth).toMatchObject({ code: 'ratelimited', transient: true, retryAfter: 1_200 })
    expect(clock.sleepers()).toBe(1)
    await clock.advance(1_200)
    await eighth
    const tenth = pacer.turn('a:one').catch((error: unknown) => error)
    const eleventh = pacer.turn('a:one').catch((error: unknown) => error)
    expect(await eleventh).toMatchObject({ code: 'ratelimited', retryAfter: 1_000 })
    await clock.advance(1_000)
    expect(await tenth).toBeUndefined()
  })

  test('wait as long as Teams itself asked', async () => {
    const { clock, pacer, send, momentsOf } = stage()
    pacer.rest('a:one', 5_000)
    const sending = send('a:one')
    await send('a:two')
    await clock.advance(5_000)
    await sending
    expect([momentsOf('a:one'), momentsOf('a:two')]).toEqual([[5_000], [0]])
  })
})

describe('answers to people', () => {
  test('go at once while the outbox waits, and count', async () => {
    const { clock, pacer, send, momentsOf } = stage()
    await Promise.all(Array.from({ length: 6 }, () => send('a:one')))
    pacer.answer('a:one')
    const next = send('a:one')
    expect(momentsOf('a:one')).toHaveLength(6)
    await clock.advance(2_200)
    await next
    expect(momentsOf('a:one').at(-1)).toBe(2_200)
  })
})

describe('messages to several conversations', () => {
  test('do not wait for a busy one', async () => {
    const { clock, pacer, send, momentsOf } = stage()
    const busy = Array.from({ length: 20 }, () => pacer.turn('a:busy').catch(() => undefined))
    await send('a:other')
    expect(momentsOf('a:other')).toEqual([0])
    await clock.advance(2_000)
    await Promise.all(busy)
  })

  test('stay within the limit of the app, reads included', async () => {
    const { clock, pacer, send, sent } = stage()
    for (let reads = 0; reads < 10; reads += 1) pacer.note()
    const all = Promise.all(Array.from({ length: 100 }, (_, index) => send(`a:${index}`)))
    await clock.advance(10_000)
    await all
    expect(sent.filter(({ at }) => at < 1_000)).toHaveLength(20)
    expect(
      mostIn(
        sent.map(({ at }) => at),
        1_000,
      ),
    ).toBe(30)
  })
})
