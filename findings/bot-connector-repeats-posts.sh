#!/bin/sh
# The client of botframework-connector sends a POST again when the connector answers 502 or 503, up to four times in all,
# without an idempotency key; noRetryPolicy does not turn that off. An answer that was lost on the way back therefore
# puts the same message into a chat several times, and one send may outlast the five seconds of an invoke.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts botframework-connector@4.23.3 >/dev/null 2>&1
cat > try.cjs <<'JS'
const { createServer } = require('node:http')
const { ConnectorClient } = require('botframework-connector')
const { version } = require('botframework-connector/package.json')

console.log(`botframework-connector ${version} on Node ${process.version}`)
const credentials = { signRequest: async (request) => request }
const message = { type: 'message', text: 'one message' }
const posts = []
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    posts.push(request.method)
    response.writeHead(502, { 'content-type': 'application/json' }).end('{}')
  })
})
server.listen(0, '127.0.0.1', async () => {
  const baseUri = `http://127.0.0.1:${server.address().port}`
  const counts = []
  for (const options of [{ baseUri }, { baseUri, noRetryPolicy: true }]) {
    posts.length = 0
    const client = new ConnectorClient(credentials, options)
    const started = Date.now()
    const status = await client.conversations.sendToConversation('a:1', message).then(() => 200, (error) => error.statusCode)
    counts.push(posts.length)
    console.log(`noRetryPolicy ${options.noRetryPolicy ?? false}: ${posts.length} POSTs of one message, then ${status}`)
    console.log(`  after more than two seconds: ${Date.now() - started > 2000}`)
  }
  server.close()
  if (counts.join() !== '4,4') {
    console.log('This has changed.')
    process.exit(1)
  }
})
JS
node try.cjs
