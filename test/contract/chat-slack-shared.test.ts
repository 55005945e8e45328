import { afterEach, describe, expect, test } from 'vitest'
import { neededScopes, wantedScopes } from '../../src/chat/slack/token.ts'
import type { Sharing } from '../../src/simulator/slack/people.ts'
import { fakeUseCases, type Stage, simulatorOptions, stage } from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (scopes: readonly string[] = [...neededScopes, ...wantedScopes]) => {
  const members = ['U0LATCHBOT', 'U0DEV', 'U0OWNER']
  const hidden = { id: 'C0HIDDEN', name: 'hidden', members, isPrivate: true }
  const foreign = { ...hidden, id: 'C0ALIEN', members: ['U0DEV'] }
  const channels = [...(simulatorOptions.channels ?? []), hidden, foreign]
  running = await stage(fakeUseCases(), { scopes, channels })
  const { slack, chat } = running
  return { slack, reach: (channel: string) => chat.platform.reach?.(channel) }
}

describe('who reads along in a channel', () => {
  test.each<[Sharing, string]>([
    ['nobody', 'inside'],
    ['in-organisation', 'inside'],
    ['externally', 'outside'],
    ['pending', 'outside'],
  ])('shared with "%s": %s, in an open channel and in a private one', async (shared, expected) => {
    const { slack, reach } = await play()
    for (const channel of ['C0OPEN', 'C0HIDDEN']) {
      slack.setChannel(channel, { shared })
      expect(await reach(channel)).toBe(expected)
    }
  })

  test('is unknown without the right to look, and for a channel that Slack does not show', async () => {
    const { slack, reach } = await play()
    expect([await reach('C0ALIEN'), await reach('C0NOWHERE')]).toEqual(['unknown', 'unknown'])
    await running?.stop()
    const older = await play(neededScopes)
    expect([await older.reach('C0OPEN'), await older.reach('C0HIDDEN')]).toEqual(['unknown', 'unknown'])
    expect(slack.calls('chat.postMessage')).toEqual([])
  })

  test('is asked again later while Slack is away: nothing is posted on a guess', async () => {
    const { slack, reach } = await play()
    slack.faults.error('conversations.info', 'internal_error', 9)
    await expect(reach('C0OPEN')).rejects.toMatchObject({ transient: true })
  })
})
