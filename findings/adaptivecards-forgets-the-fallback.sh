#!/bin/sh
# adaptivecards reads a card whose Action.Execute has a fallback without a complaint, as version 1.4 and later have it. Written
# back by toJSON() the card has no fallback any more, and what is wrong inside the fallback is never reported. Whoever
# keeps or forwards cards through this library loses the buttons of older clients.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts adaptivecards@3.0.6 >/dev/null 2>&1
cat > try.cjs <<'JS'
const cards = require('adaptivecards/dist/adaptivecards.js')
const { version } = require('adaptivecards/package.json')

console.log(`adaptivecards ${version} on Node ${process.version}`)
const cardWith = (fallback) => ({
  type: 'AdaptiveCard',
  version: '1.5',
  body: [{ type: 'TextBlock', text: 'Decide' }],
  actions: [{ type: 'Action.Execute', title: 'Approve', verb: 'approve', fallback }],
})
const read = (json) => {
  const context = new cards.SerializationContext()
  const card = new cards.AdaptiveCard()
  card.parse(json, context)
  const complaints = context.eventCount + card.validateProperties().validationEvents.length
  return { complaints, written: card.toJSON().actions[0] }
}
const good = read(cardWith({ type: 'Action.Submit', title: 'Approve', data: { verb: 'approve' } }))
const unknown = read(cardWith({ type: 'Action.Unheard', title: 'Approve' }))
console.log(`with a fallback: ${good.complaints} complaints; written back: ${JSON.stringify(good.written)}`)
console.log(`with a fallback of an unknown type: ${unknown.complaints} complaints`)
if (good.complaints !== 0 || 'fallback' in good.written || unknown.complaints !== 0) {
  console.log('This has changed.')
  process.exit(1)
}
JS
node try.cjs
