import { z } from 'zod'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import type { Identity } from '../../domain/card.ts'
import type { Secret } from '../../domain/secret.ts'
import type { ChatDeps, ReadSecret, WayOut } from '../kind.ts'

export type { WayOut }

/** The key of Slack in the registry, in identities and in rows. */
export const slackName = 'slack'

/** The section `slack` of the configuration file. */
export const slackSection = z.strictObject({
  mode: z.enum(['http', 'socket']).default('socket'),
  /** Ids of workspaces or Enterprise Grids; members of others are refused. */
  tenants: z.array(z.string().regex(/^[TE][A-Z0-9]+$/, 'write a workspace id (T…) or a Grid id (E…)')).min(1),
  command: z
    .string()
    .regex(/^\/[a-z0-9_-]{1,31}$/)
    .default('/vault'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .superRefine((text, context) => {
      const fault = addressFault(text)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
    })
    .refine(isOwnAddress, 'only an address of this machine may replace the real Slack')
    .optional(),
})

/** A channel by its id. */
export const channelId = z.string().regex(/^[CG][A-Z0-9]+$/, "write a channel's id, such as C0123")

/** An account in the people file, such as `T0123/U0456`. */
export const account = z
  .string()
  .regex(/^[TE][A-Z0-9]+\/[UW][A-Z0-9]+$/, 'write the workspace or Grid id and the user id, as in T0123/U0456')
  .transform((link): Identity => {
    const [tenant = '', subject = ''] = link.split('/')
    return { platform: slackName, tenant, subject }
  })

/** How Slack reaches us, and with which token we reach Slack. */
export type SlackSettings = {
  readonly botToken: Secret
  readonly delivery:
    | { readonly kind: 'http'; readonly signingSecret: Secret }
    | { readonly kind: 'socket'; readonly appToken: Secret }
  /** Ids of the workspaces (`T…`) or Grid organisations (`E…`) whose members are served. */
  readonly tenants: readonly string[]
  /** The slash command, with its slash. */
  readonly command: string
  /** Another Web API, ending in `/api/`; the configuration allows only a loopback address. */
  readonly apiUrl?: string | undefined
}

const kinds = { 'xoxb-': 'the bot token', 'xapp-': 'the app-level token', 'xoxp-': 'a token of a person' } as const

/** Tells a token of another kind by its beginning. */
export const tokenFault =
  (own: keyof typeof kinds) =>
  (value: string): string | undefined => {
    const other = Object.entries(kinds).find(([start]) => start !== own && value.startsWith(start))
    return other && `this looks like ${other[1]} (${other[0]}…)`
  }

/** The section with the tokens and secrets for its mode. */
export const slackSettings = ({ mode, ...rest }: z.output<typeof slackSection>, secret: ReadSecret): SlackSettings => ({
  ...rest,
  botToken: secret('SLACK_BOT_TOKEN', 'the bot token (xoxb-…) of the installed app', tokenFault('xoxb-')),
  delivery:
    mode === 'http'
      ? { kind: mode, signingSecret: secret('SLACK_SIGNING_SECRET', 'the signing secret of the app') }
      : {
          kind: mode,
          appToken: secret(
            'SLACK_APP_TOKEN',
            'an app-level token (xapp-…) with connections:write',
            tokenFault('xapp-'),
          ),
        },
})

/** The secret between Slack and us, in either mode. */
export const sealingSecret = ({ delivery }: Pick<SlackSettings, 'delivery'>): Secret =>
  delivery.kind === 'http' ? delivery.signingSecret : delivery.appToken

/** The dependencies of the Slack modules. */
export type SlackDeps = ChatDeps & { readonly settings: SlackSettings }

/** The one path for commands, buttons, forms and menus. */
export const slackPath = '/slack/events'
/** Callback id of the global shortcut. */
export const requestShortcut = 'request_access'
/** Where people find it; its name is the one in the manifest. */
export const shortcutHelp =
  'Or open the form from anywhere: type / in a message box, and pick the shortcut Request access.'
