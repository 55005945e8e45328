import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { developer, type Pair, startPair } from './bolt-app.ts'

let pair: Pair
beforeEach(async () => {
  pair = await startPair()
})
afterEach(() => pair.stop())

const post = () => pair.app.client.chat.postMessage({ channel: developer, text: 'hello' })
const shown = () => pair.slack.person(developer).inbox().length

describe('a fault', () => {
  test('limits the rate of as many calls as it says, and tells how long to wait', async () => {
    pair.slack.faults.rateLimit('chat.postMessage', { times: 2, retryAfterSeconds: 7 })
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 })
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 })
    expect(await post()).toMatchObject({ ok: true })
    expect(pair.slack.calls('chat.postMessage').map((call) => call.status)).toEqual([429, 429, 200])
  })

  test('can lose the answer to a message that was posted', async () => {
    pair.slack.faults.loseAnswer('chat.postMessage')
    await expect(post()).rejects.toThrow()
    expect(shown()).toBe(1)
  })

  test('can cut the connection before anything is done', async () => {
    pair.slack.faults.drop('*')
    await expect(post()).rejects.toThrow()
    expect(shown()).toBe(0)
  })

  test('can fail with HTTP 500 or with any error code', async () => {
    pair.slack.faults.serverError('chat.postMessage')
    await expect(post()).rejects.toMatchObject({ statusCode: 500 })
    pair.slack.faults.error('chat.postMessage', 'account_inactive')
    await expect(post()).rejects.toMatchObject({ data: { error: 'account_inactive' } })
    expect(shown()).toBe(0)
  })

  test('can keep the caller waiting until the simulator closes', async () => {
    pair.slack.faults.hang('chat.postMessage')
    const outcome = post().then(
      () => 'answered',
      () => 'cut off',
    )
    await pair.slack.until(() => pair.slack.calls('chat.postMessage').length === 1)
    await pair.slack.close()
    expect(await outcome).toBe('cut off')
  })

  test('can lose what a person does before the app hears of it', async () => {
    let heard = 0
    pair.app.command('/vault', async ({ ack }) => {
      heard += 1
      await ack()
    })
    pair.slack.faults.dropDeliveries()
    expect(await pair.slack.person(developer).command('')).toMatchObject({ error: 'operation_timeout' })
    expect(await pair.slack.person(developer).command('')).toMatchObject({ ok: true })
    expect(heard).toBe(1)
  })

  test('can be taken back', async () => {
    pair.slack.faults.serverError('*', 5)
    pair.slack.faults.clear()
    expect(pair.slack.faults.pending()).toEqual([])
    expect(await post()).toMatchObject({ ok: true })
  })
})
