import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Faults } from '../../src/simulator/faults.ts'
import { fakeUseCases, type Stage, stage } from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async () => {
  const useCases = fakeUseCases()
  running = await stage(useCases)
  const { slack, logs } = running
  return { useCases, slack, logs, dev: slack.person('U0DEV') }
}
const notTaken = (code: string) => expect.objectContaining({ message: 'Slack did not take an answer', code })

describe('an answer that Slack does not take', () => {
  test.each<[string, string, (faults: Faults) => void]>([
    ['because it is away', 'chat-unreachable', (faults) => faults.drop('response_url')],
    ['because it says nothing', 'chat-unreachable', (faults) => faults.hang('response_url')],
    ['because it fails', 'chat-unavailable', (faults) => faults.serverError('response_url')],
    ['because it is asked too often', 'chat-unavailable', (faults) => faults.rateLimit('response_url')],
  ])('%s is noted as its trouble, and no bug of ours', async (_, code, fail) => {
    const { useCases, slack, logs, dev } = await play()
    fail(slack.faults)
    await dev.command('status')
    await vi.waitFor(() => expect(logs).toContainEqual(notTaken(code)), { timeout: 10_000 })
    expect(logs.filter((line) => 'reference' in line)).toEqual([])
    expect(useCases.refusals).toEqual([])
    await dev.command('status')
    await dev.waitForMessage('Status')
  })

  test('does not call what was done a failure', async () => {
    const { useCases, slack, logs, dev } = await play()
    await dev.command('mine')
    const list = await dev.waitForMessage('Your access')
    slack.faults.serverError('chat.postEphemeral')
    await dev.press(list, 'Give back now')
    await vi.waitFor(() => expect(logs).toContainEqual(notTaken('chat-unavailable')))
    expect(useCases.calls).toMatchObject([{ verb: 'revokeGrant' }])
    expect(useCases.refusals).toEqual([])
    expect(dev.inbox()).toHaveLength(1)
  })

  test('to a refusal leaves the refusal in the audit', async () => {
    const { useCases, slack, logs } = await play()
    slack.faults.drop('response_url')
    await slack.person('U0NEW').command('status')
    await vi.waitFor(() => expect(logs).toContainEqual(notTaken('chat-unreachable')))
    expect(useCases.refusals).toMatchObject([{ refusal: { code: 'unknown-person' } }])
    expect(logs.filter((line) => 'reference' in line)).toEqual([])
  })
})
