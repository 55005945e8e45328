import { describe, expect, it } from 'vitest'
import { after, seconds, timestamp } from '../../../src/domain/time.ts'
import { unknownVisits } from '../../../src/http/unknown-visits.ts'

const start = timestamp(1_000_000)

const counter = (addresses = 100) => {
  let now = start
  const { isOneTooMany, forgive } = unknownVisits({ now: () => now }, { visits: 3, per: seconds(60), addresses })
  const visit = (address: string, times = 1) => Array.from({ length: times }, () => isOneTooMany(address))
  return { visit, forgive, pass: (length: number) => (now = after(now, seconds(length))) }
}

describe('counting visits to links that do not work', () => {
  it('lets as many through as allowed, and no more within the time', () => {
    expect(counter().visit('192.0.2.1', 5)).toEqual([false, false, false, true, true])
  })

  it('starts anew when the time is over', () => {
    const { visit, pass } = counter()
    visit('192.0.2.1', 4)
    pass(60)
    expect(visit('192.0.2.1')).toEqual([false])
  })

  it('takes back a visit that came to something, and never more than there were', () => {
    const { visit, forgive } = counter()
    for (let round = 0; round < 20; round += 1) {
      expect(visit('192.0.2.1')).toEqual([false])
      forgive('192.0.2.1')
      forgive('192.0.2.1')
    }
    expect(visit('192.0.2.1', 4)).toEqual([false, false, false, true])
  })

  it('counts each IPv4 address for itself', () => {
    const { visit } = counter()
    visit('192.0.2.1', 4)
    expect(visit('192.0.2.2')).toEqual([false])
    expect(visit('::ffff:192.0.2.1')).toEqual([false])
    visit('::ffff:192.0.2.1', 3)
    expect(visit('::ffff:192.0.2.3')).toEqual([false])
  })

  it('counts an IPv6 network as one, however its addresses are written', () => {
    const { visit } = counter()
    visit('2001:db8:1:2::1', 2)
    visit('2001:db8:1:2:aaaa:bbbb:cccc:dddd')
    expect(visit('2001:db8:1:2::3')).toEqual([true])
    expect(visit('2001:db8:1:3::1')).toEqual([false])
    visit('2001:db8::1', 3)
    expect(visit('2001:db8:0:0:1::')).toEqual([true])
  })

  it('forgets the address unseen for longest rather than growing for ever', () => {
    const { visit } = counter(2)
    visit('192.0.2.1', 4)
    visit('192.0.2.2')
    visit('192.0.2.3')
    expect(visit('192.0.2.1')).toEqual([false])
  })
})
