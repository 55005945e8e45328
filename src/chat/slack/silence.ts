import { type SlackSettings, slackPath } from './settings.ts'

/** What to check at api.slack.com/apps and here when no press arrives, the likeliest first. */
export const silenceHints = ({ delivery }: SlackSettings, baseUrl: string): readonly string[] =>
  delivery.kind === 'socket'
    ? [
        'Interactivity & Shortcuts is switched on in the settings of the app.',
        'Socket Mode is switched on there.',
        'No other program uses this app: Slack gives each press to one connection only.',
        'SLACK_APP_TOKEN belongs to the same app as SLACK_BOT_TOKEN.',
      ]
    : [
        `Interactivity & Shortcuts has the Request URL ${baseUrl}${slackPath}.`,
        'Socket Mode is switched off there: with it, Slack calls no address.',
        'SLACK_SIGNING_SECRET is that of this app; else the log says that deliveries were not taken.',
        'Slack reaches that address: the name, the proxy, and a certificate that everybody trusts.',
      ]
