#!/bin/sh
# undici's ProxyAgent sends no Proxy-Authorization when the proxy's address has a user and no password, which RFC 3986
# and RFC 7617 allow (some proxies take a token as the user). curl sends "user:" then. The same address with a password works.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts undici@7.30.2 >/dev/null
cat > try.mjs <<'JS'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { ProxyAgent, request } from 'undici'

const { version } = JSON.parse(readFileSync('node_modules/undici/package.json', 'utf8'))
console.log(`undici ${version} on Node ${process.version}`)
const seen = []
const proxy = createServer()
proxy.on('connect', ({ headers }, socket) => {
  seen.push(headers['proxy-authorization'] ?? 'none')
  socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nconnection: close\r\n\r\n')
})
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
for (const user of ['token:', 'token', 'token:x']) {
  const agent = new ProxyAgent(`http://${user}@127.0.0.1:${proxy.address().port}`)
  await request('https://peer.example/', { dispatcher: agent }).catch(() => {})
  await agent.destroy()
  console.log(`http://${user}@… sends Proxy-Authorization: ${seen.at(-1)}`)
}
proxy.close()
const expected = ['none', 'none', `Basic ${Buffer.from('token:x').toString('base64')}`]
if (JSON.stringify(seen) !== JSON.stringify(expected)) {
  console.log('This has changed.')
  process.exit(1)
}
JS
node try.mjs
