import { chatKind } from '../kind.ts'
import { account, channelId, slackSection, slackSettings } from './settings.ts'

/** Slack in the registry of platforms. */
export const slack = chatKind({
  title: 'Slack',
  section: slackSection,
  channelId,
  account,
  meanings: {
    '': 'the Slack app; its tokens go into SLACK_BOT_TOKEN and SLACK_APP_TOKEN or SLACK_SIGNING_SECRET',
    mode: 'socket: Latchkey opens the connection; http: Slack calls Latchkey, which must be reachable',
    tenants: 'ids of the workspaces (T…) or of the Enterprise Grid (E…) whose people are served; nobody else is',
    command: 'the slash command, as in the manifest of the app',
    apiUrl: 'another Slack, on this machine only: for trying things out',
  },
  example: `# Slack: SLACK_BOT_TOKEN (xoxb-…), and SLACK_APP_TOKEN (xapp-…) for socket or SLACK_SIGNING_SECRET for http.
slack:
  mode: socket #          socket: no way in is needed; http: Slack calls https://…/slack/events
  tenants: [T0123456789] # your workspace (T…) or Grid (E…); nobody else is served
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
