import { afterEach, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { accept } from '../../src/domain/refusal.ts'
import { eventually } from '../support/eventually.ts'
import { accessCard, developer, directTo, fakeUseCases, resources, type Stage, stage } from './chat-fakes.ts'

let running: Stage | undefined
const others: WebSocket[] = []
afterEach(async () => {
  for (const other of others.splice(0)) other.close()
  await running?.stop()
  running = undefined
})

const play = async (overrides: Partial<UseCases> = {}) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases, { socketMode: true })
  const { slack, chat, logs } = running
  await slack.until(() => slack.sockets.count() === 2 || undefined)
  await chat.platform.post(directTo(developer), accessCard)
  const dev = slack.person('U0DEV')
  const card = await dev.waitForMessage('one-time link')
  const press = () => dev.click(card, 'Get my one-time link')
  const acts = () => useCases.calls.filter(({ verb }) => verb === 'openFetchLink').length
  return { slack, chat, logs, press, acts, dev }
}
const count = (logs: readonly object[], part: object) =>
  logs.filter((line) => Object.entries(part).every(([key, value]) => line[key as keyof typeof line] === value)).length

test('two lines stand; what one of them is cut in brings the other', async () => {
  const { slack, chat, press, acts } = await play()
  for (let times = 1; times <= 2; times += 1) {
    expect((await press()).ok).toBe(true)
    slack.sockets.cut('last')
    await slack.until(() => slack.sockets.count() === 1 || undefined)
    expect(chat.isConnected()).toBe(true)
    expect((await press()).ok).toBe(true)
    await slack.until(() => slack.sockets.count() === 2 || undefined, 30_000)
  }
  await eventually(() => acts() === 4)
})

test('an announced end loses nothing: the old line delivers until Slack closes it, the next stands before', async () => {
  const { slack, chat, press, acts } = await play()
  slack.sockets.disconnect('warning', 1_000)
  await slack.until(() => slack.sockets.count() === 4 || undefined)
  for (let times = 1; times <= 8; times += 1) expect((await press()).ok).toBe(true)
  await slack.until(() => slack.sockets.count() === 2 || undefined)
  expect((await press()).ok).toBe(true)
  expect(chat.isConnected()).toBe(true)
  await eventually(() => acts() === 9)
})

test('an envelope that both lines bring acts once, and is acknowledged', async () => {
  const { slack, press, acts } = await play()
  slack.sockets.deliverTwice(3)
  for (let times = 1; times <= 3; times += 1) expect((await press()).ok).toBe(true)
  expect((await press()).ok).toBe(true)
  await eventually(() => acts() === 4)
})

test('an answer whose line is cut meanwhile goes out on the other', async () => {
  const asked = Promise.withResolvers<void>()
  const found = Promise.withResolvers<void>()
  const { slack, logs, dev } = await play({
    searchResources: async () => {
      asked.resolve()
      await found.promise
      return accept(resources)
    },
  })
  await dev.command('request')
  await dev.waitForView('Request access')
  const choices = dev.typeahead('What', 'db')
  await asked.promise
  slack.sockets.cut('last')
  await eventually(() => count(logs, { message: 'a line to Slack ends' }) === 1)
  found.resolve()
  expect(JSON.stringify(await choices)).toContain('kv/apps/db')
})

test('where Slack allows no more lines, one is enough, and the other is tried with pauses', async () => {
  const { slack, chat, logs, press, acts } = await play()
  expect((await press()).ok).toBe(true)
  const ticket = async () => {
    const answer = await fetch(`${slack.apiUrl}apps.connections.open`, {
      method: 'POST',
      headers: { authorization: 'Bearer xapp-of-this-test' },
    })
    const { url }: { url: string } = JSON.parse(await answer.text())
    return url
  }
  for (let more = 3; more <= 10; more += 1) {
    others.push(new WebSocket(await ticket()))
    await slack.until(() => slack.sockets.count() === more || undefined)
  }
  slack.sockets.cut('last')
  others.push(new WebSocket(await ticket()))
  const refused = { problem: 'Slack turns the line away: too_many_websockets' }
  await eventually(() => count(logs, refused) > 0 && count(logs, refused) < 4)
  for (const other of others.splice(0)) other.close()
  await slack.until(() => slack.sockets.count() === 2 || undefined, 30_000)
  expect(chat.isConnected()).toBe(true)
  expect((await press()).ok).toBe(true)
  await eventually(() => acts() === 2)
})

test('after Socket Mode was switched off nothing is connected, and it comes back by itself', async () => {
  const { slack, chat, press } = await play()
  slack.faults.error('apps.connections.open', 'not_allowed_token_type', 2)
  slack.sockets.disconnect('link_disabled', 0)
  await eventually(() => !chat.isConnected())
  await slack.until(() => slack.sockets.count() === 2 || undefined, 30_000)
  expect((await press()).ok).toBe(true)
})
