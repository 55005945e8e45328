import { ExternalError } from '../../ports.ts'
import { chatKind } from '../kind.ts'
import { account, channelId, teamsSection, teamsSettings } from './settings.ts'

/** Microsoft Teams in the registry of platforms. */
export const teams = chatKind({
  title: 'Microsoft Teams',
  section: teamsSection,
  channelId,
  account,
  meanings: {
    '': 'the Teams app; put its client secret in TEAMS_APP_SECRET, or a certificate in TEAMS_APP_CERTIFICATE',
    app: 'the application (client) id of the bot’s registration',
    tenant: 'the directory (tenant) id of that registration; Entra gives out the bot’s tokens there',
    tenants: 'ids of the tenants whose members are served; all others are refused (default: tenant)',
    credential: 'how Latchkey proves to Entra that it is the application',
    serviceUrl: 'where Teams takes messages before anybody wrote to Latchkey; it also tells the cloud (GCC and others)',
    simulatorUrl: 'the address of a simulated Teams on this machine',
    rateLimits: 'false lets Latchkey send faster than Microsoft allows, to a simulated Teams only',
  },
  example: `# Microsoft Teams: TEAMS_APP_SECRET, or TEAMS_APP_CERTIFICATE (PEM with certificate and private key). Teams calls
# https://…/teams/messages, which must be reachable.
# teams:
#   app: 11111111-1111-1111-1111-111111111111 # application (client) id of the bot’s registration
#   tenant: 22222222-2222-2222-2222-222222222222 # its directory (tenant) id
#   tenants: [22222222-2222-2222-2222-222222222222] # whose members are served; all others are refused
#   credential: secret #     or certificate
#   serviceUrl: https://smba.trafficmanager.net/teams/ # GCC: https://smba.infra.gcc.teams.microsoft.com/teams/
#   simulatorUrl: http://127.0.0.1:8082 # a simulated Teams on this machine
#   rateLimits: true #       false only for a simulated Teams`,
  configure: (section, secret) => {
    const settings = teamsSettings(section, secret)
    return {
      settings,
      create: async (deps) => (await loaded()).teamsChat({ ...deps, settings }),
      examiner: async (way, conversationOf) => {
        if (settings.credential.value.reveal() === '') return undefined
        return (await import('./doctor.ts')).teamsExaminer({ ...settings, way, conversationOf })
      },
    }
  },
})

/** The modules with the library of Teams, which an installation may leave out. */
const loaded = async () => {
  try {
    return await import('./app.ts')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    const problem =
      'teams: the libraries @microsoft/teams-ai and botbuilder are not installed. Install Latchkey without --omit=optional.'
    throw new ExternalError('library-missing', problem, { transient: false, cause: error })
  }
}
