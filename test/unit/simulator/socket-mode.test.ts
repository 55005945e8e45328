import { App, SocketModeReceiver } from '@slack/bolt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SlackSimulator, startSlackSimulator } from '../../../src/simulator/slack/simulator.ts'
import { developer, lead, silence, simulatorOptions } from './bolt-app.ts'
import { scriptedApp } from './scripted-app.ts'

let slack: SlackSimulator
const apps: App[] = []

async function connect(): Promise<App> {
  const clientOptions = { slackApiUrl: slack.apiUrl }
  const appToken = simulatorOptions.appToken ?? ''
  const receiver = new SocketModeReceiver({ appToken, installerOptions: { clientOptions }, logger: silence })
  const app = new App({
    token: simulatorOptions.botToken,
    receiver,
    clientOptions,
    logger: silence,
    deferInitialization: true,
  })
  await app.init()
  scriptedApp(app)
  await app.start()
  apps.push(app)
  return app
}

beforeEach(async () => {
  slack = await startSlackSimulator({ ...simulatorOptions, socketMode: true })
})
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop()
  await slack.close()
})

describe('Socket Mode', () => {
  test('tells the person when no app is connected', async () => {
    expect(await slack.person(developer).command('help')).toMatchObject({ ok: false, error: 'dispatch_failed' })
  })

  test('carries commands, modals, options and submissions with their answers', async () => {
    await connect()
    const person = slack.person(developer)
    expect((await person.command('help')).message?.text).toBe('Try: request')
    await person.command('request')
    await person.waitForView('request')
    expect(await person.typeahead('Secret', 'cloud')).toMatchObject([{ value: 'cloud/deploy' }])
    await person.pick('Secret', 'cloud/deploy')
    await person.pick('Role', 'Read only')
    await person.fill('Reason', 'short')
    expect(await person.submit()).toMatchObject({ errors: { Reason: 'Say more' } })
    await person.fill('Reason', 'long enough a reason')
    expect(await person.submit()).toMatchObject({ closed: true })
    const card = await slack.person(lead).waitForMessage('asks for cloud/deploy')
    await slack.person(lead).click(card, 'Approve')
    await slack.person(lead).waitForMessage('Approved by @Team lead')
    expect(slack.deliveries()).toEqual([])
  })

  test('shares the work between connections and delivers again on demand', async () => {
    await connect()
    await connect()
    expect(slack.sockets.count()).toBe(2)
    await slack.person(developer).command('help')
    await slack.person(developer).command('help')
    expect(await slack.sockets.redeliver()).toMatchObject({ ok: true, json: { text: 'Try: request' } })
  })

  test('times out when the app does not acknowledge', async () => {
    await slack.close()
    slack = await startSlackSimulator({ ...simulatorOptions, socketMode: true, answerWithinMilliseconds: 100 })
    await connect()
    expect(await slack.person(developer).command('sleep')).toMatchObject({ error: 'operation_timeout' })
  })

  test('closes when the app is told to disconnect', async () => {
    await connect()
    slack.sockets.disconnect('refresh_requested')
    await slack.until(() => slack.sockets.count() === 0)
  })

  test('lets nobody in without a ticket of apps.connections.open', async () => {
    const socket = new WebSocket(`${slack.url.replace('http', 'ws')}/link/?ticket=guessed`)
    const outcome = await new Promise((resolve) => {
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('refused')
    })
    expect(outcome).toBe('refused')
  })
})
