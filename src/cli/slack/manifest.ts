import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { slackPath } from '../../chat/slack/settings.ts'
import { readYaml, writeYaml } from '../../config/yaml.ts'
import type { Io } from '../io.ts'
import { usageError } from '../trouble.ts'

/** The options of `latchkey slack manifest`. */
export type ManifestOptions = { readonly host?: string; readonly command: string; readonly name: string }

const shipped = join(import.meta.dirname, '../../../manifests/slack.yaml')

// The schema checks only what changes; everything else passes through.
const manifest = z.looseObject({
  display_information: z.looseObject({ name: z.string() }),
  features: z.looseObject({
    bot_user: z.looseObject({ display_name: z.string() }),
    slash_commands: z.tuple([z.looseObject({ command: z.string() })]),
  }),
  settings: z.looseObject({
    event_subscriptions: z.looseObject({}),
    interactivity: z.looseObject({ is_enabled: z.literal(true) }),
    socket_mode_enabled: z.boolean(),
  }),
})

/** Prints the shipped manifest with this command name, and with HTTP or Socket Mode. */
export const printManifest = (options: ManifestOptions, io: Pick<Io, 'say'>): void => {
  const { name, command } = options
  if (!/^\/[a-z0-9_-]{1,31}$/.test(command))
    throw usageError(`--command ${command}: write a slash and a-z, 0-9, "_", "-"`)
  if (name.length < 1 || name.length > 35) throw usageError('--name: at most 35 characters')
  const url = options.host === undefined ? undefined : `https://${hostOf(options.host)}${slackPath}`
  const given = manifest.parse(readYaml(readFileSync(shipped, 'utf8'), shipped).content)
  const [slashCommand] = given.features.slash_commands
  const made = {
    ...given,
    display_information: { ...given.display_information, name },
    features: {
      ...given.features,
      bot_user: { ...given.features.bot_user, display_name: name },
      slash_commands: [{ ...slashCommand, command, ...(url && { url }) }],
    },
    settings: {
      ...given.settings,
      event_subscriptions: { ...(url && { request_url: url }), ...given.settings.event_subscriptions },
      interactivity: {
        ...given.settings.interactivity,
        ...(url && { request_url: url, message_menu_options_url: url }),
      },
      socket_mode_enabled: url === undefined,
    },
  }
  for (const line of heading(url, command)) io.say(`# ${line}`)
  io.say(writeYaml(made).trimEnd())
}

const heading = (url: string | undefined, command: string): readonly string[] => [
  'The Slack app of Latchkey: api.slack.com/apps → Create New App → From a manifest.',
  ...(url === undefined
    ? ['Then make an app-level token (xapp-…) with connections:write for SLACK_APP_TOKEN, install the app, and put the']
    : [
        'Slack tests the address for events: press Retry there once Latchkey runs.',
        'Then copy the signing secret to SLACK_SIGNING_SECRET, install the app, and put the',
      ]),
  `bot token (xoxb-…) into SLACK_BOT_TOKEN. In the configuration: slack: { mode: ${url ? 'http' : 'socket'}, command: ${command}, … }`,
]

const hostOf = (given: string): string => {
  const host = given.replace(/^https:\/\//, '').replace(/\/+$/, '')
  if (URL.canParse(`https://${host}`) && new URL(`https://${host}`).host === host.toLowerCase())
    return host.toLowerCase()
  throw usageError(`--host ${given}: write a host name, such as latchkey.example.com`)
}
