import { createServer } from 'node:http'
import { newIntake } from '../../src/chat/intake/bodies.ts'
import { guarded } from '../../src/chat/teams/deliveries/gate.ts'
import { newKeys } from '../../src/chat/teams/deliveries/keys.ts'
import { newTokenCheck } from '../../src/chat/teams/deliveries/token-check.ts'
import { isServiceUrl } from '../../src/chat/teams/hosts.ts'
import { teamsPath } from '../../src/chat/teams/settings.ts'

/** The baseline: our own checks of a delivery, and behind them the same answer to every invoke. */
const { TEAMS_URL: simulator = '', TEAMS_APP: app = '', TEAMS_TENANT: tenant = '', PORT: port } = process.env
const { now } = Date
const keys = newKeys({ metadataUrl: `${simulator}/v1/.well-known/openidconfiguration`, fetch, now })
await keys.load()
const listener = guarded(
  {
    ...{ path: teamsPath, tenants: [tenant], intake: newIntake(), now, isReady: () => true, refused: () => {} },
    check: newTokenCheck({ app, issuer: 'https://api.botframework.com', keys, now }),
    isOurHost: (serviceUrl) => isServiceUrl(serviceUrl, simulator),
    isFirstSight: async () => true,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  },
  async () => ({
    status: 200,
    body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: 'Done.' },
  }),
)
createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok')
  return listener(request, response)
}).listen(Number(port), '127.0.0.1')
