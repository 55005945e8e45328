import { createServer } from 'node:http'
import { App, HTTPReceiver } from '@slack/bolt'

/** The baseline: a Bolt app that acknowledges every click and does nothing else. */
const receiver = new HTTPReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET ?? '', endpoints: '/slack/events' })
const app = new App({
  receiver,
  deferInitialization: true,
  authorize: async () => ({ botToken: 'xoxb-baseline', botId: 'B0', botUserId: 'U0' }),
})
app.action(/.*/, async ({ ack }) => ack())
await app.init()
createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok')
  return receiver.requestListener(request, response)
}).listen(Number(process.env.PORT), '127.0.0.1')
