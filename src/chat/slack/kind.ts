import { chatKind } from '../kind.ts'
import { account, channelId, slackSection, slackSettings } from './settings.ts'

/** Slack in the registry of platforms. */
export const slack = chatKind({
  title: 'Slack',
  section: slackSection,
  channelId,
  account,
  meanings: {
    '': 'the Slack app; put its tokens in SLACK_BOT_TOKEN and in SLACK_APP_TOKEN (socket) or SLACK_SIGNING_SECRET (http)',
    mode: 'socket: Latchkey opens the connection; http: Slack calls Latchkey, which must be reachable',
    tenants: 'ids of the workspaces (T…) or Enterprise Grids (E…) whose members are served; all others are refused',
    command: 'the slash command, as in the app’s manifest',
    apiUrl: 'the API address of a simulated Slack on this machine',
  },
  example: `# Slack: SLACK_BOT_TOKEN (xoxb-…), and SLACK_APP_TOKEN (xapp-…) for socket or SLACK_SIGNING_SECRET for http.
slack:
  mode: socket #          socket: Latchkey connects to Slack; http: Slack calls https://…/slack/events
  tenants: [T0123456789] # your workspace (T…) or Grid (E…); all others are refused
  command: /vault
  # apiUrl: http://127.0.0.1:8081/api/ # a simulated Slack on this machine`,
  configure: (section, secret) => {
    const settings = slackSettings(section, secret)
    return {
      settings,
      create: async (deps) => (await import('./app.ts')).slackChat({ ...deps, settings }),
      examiner: async (way) => {
        if (settings.botToken.reveal() === '') return undefined
        return (await import('./doctor.ts')).slackExaminer({ ...settings, way })
      },
    }
  },
})
