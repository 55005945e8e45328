import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from '@slack/bolt'
import { afterEach, describe, expect, test } from 'vitest'
import { httpReceiver } from '../../src/chat/slack/http-receiver.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import { untilView } from '../support/hands.ts'
import { slackHands } from '../support/slack-hands.ts'
import { fakeUseCases, request, type Stage, stage } from './chat-fakes.ts'

// A form about a folder is answered before the vault is asked. A vault that answers at once must not be overtaken.

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

describe.each([
  ['HTTP', {}],
  ['Socket Mode', { socketMode: true }],
] as const)('a vault that tells at once what lies beneath a folder, over %s', (_, options) => {
  const sent = async (submitRequest: Parameters<typeof fakeUseCases>[0]) => {
    running = await stage(fakeUseCases({ foldersToAsk: async () => accept(['kv/apps/']), ...submitRequest }), options)
    const dev = slackHands(running.slack, 'U0DEV')
    await dev.command('request kv/apps/db 1h because payments fail')
    await untilView(dev, 'Request access')
    await dev.pick('Permission', 'read')
    await dev.submit()
    return dev
  }

  test('leaves the form saying that the request is filed', async () => {
    const dev = await sent({ submitRequest: async () => accept({ request }) })
    expect((await untilView(dev, 'Request access')).text).toContain('Your request is filed.')
  })

  test('or leaves the form as it was filled in, with the refusal', async () => {
    const dev = await sent({ submitRequest: async () => refuse({ code: 'too-much-beneath', most: 5000 }) })
    const form = await untilView(dev, 'Request access')
    expect(form.fields.find(({ label }) => label === 'Why')?.value).toBe('payments fail')
    expect(form.text).toContain('More than 5000 secrets')
  })
})

test('what follows an acknowledgement waits until it is sent', async () => {
  const receiver = httpReceiver()
  const wasSent = Promise.withResolvers<boolean>()
  const server = createServer((_, response) => {
    const processEvent: App['processEvent'] = async ({ ack }) => {
      await ack({ response_action: 'update' })
      wasSent.resolve(response.writableFinished)
    }
    receiver.init({ processEvent } as App)
    void receiver.take({}, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method: 'POST' })
  expect([await answer.json(), await wasSent.promise]).toEqual([{ response_action: 'update' }, true])
  server.close()
})
