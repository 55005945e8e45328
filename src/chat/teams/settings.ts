import { z } from 'zod'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import type { Identity } from '../../domain/card.ts'
import type { Secret } from '../../domain/secret.ts'
import type { ChatDeps, ReadSecret } from '../kind.ts'
import { certificateFault } from './certificate.ts'
import { cloudOf, isMicrosofts, publicServiceUrl, withSlash } from './hosts.ts'

/** The key of Teams in the registry, in identities and in rows. */
export const teamsName = 'teams'

/** The one path for everything that Teams delivers. */
export const teamsPath = '/teams/messages'

const hex = '[0-9a-fA-F]'
const guidText = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`
const guidForm = new RegExp(`^${guidText}$`)

/** An id of Entra. Upper case is accepted and lowered, because deliveries have lower case. */
const guid = (what: string) =>
  z.string().regex(guidForm, `write ${what}, such as 11111111-1111-1111-1111-111111111111`).toLowerCase()

const address = () =>
  z.url({ protocol: /^https?$/ }).superRefine((text, context) => {
    const fault = addressFault(text)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })

/** The section `teams` of the configuration file. */
export const teamsSection = z
  .strictObject({
    /** The application of the bot. Without it nobody could tell whose deliveries arrive. */
    app: guid('the application (client) id of the bot’s registration'),
    /** The tenant of the registration, which gives out the tokens. */
    tenant: guid('the directory (tenant) id of the bot’s registration'),
    /** The tenants whose members are served; members of others are refused. */
    tenants: z
      .array(guid('a directory (tenant) id'))
      .min(1, 'name at least one tenant, or leave tenants out: then it is the one above')
      .optional(),
    credential: z.enum(['secret', 'certificate']).default('secret'),
    serviceUrl: address()
      .refine(isMicrosofts, `write an address of Microsoft's, such as ${publicServiceUrl}`)
      .default(publicServiceUrl),
    simulatorUrl: address()
      .refine(isOwnAddress, 'only an address of this machine may replace the real Teams')
      .optional(),
    rateLimits: z.boolean().default(true),
  })
  .refine(({ rateLimits, simulatorUrl }) => rateLimits || simulatorUrl !== undefined, {
    message: 'only a simulated Teams has no limits: remove this line',
    path: ['rateLimits'],
  })

/** A channel (`tacv2`, formerly `skype`) or a group chat (`v2`) by its id. */
export const channelId = z
  .string()
  .regex(
    /^19:[\w-]+@thread\.(?:tacv2|v2|skype)$/,
    "write a channel's id, such as 19:…@thread.tacv2: it is in the link to the channel, where %3A is a : and %40 an @",
  )

/** An account in the people file: the tenant and the object id of the user. */
export const account = z
  .string()
  .regex(
    new RegExp(`^${guidText}/${guidText}$`),
    'write the tenant id and the object id of the user in Entra, as in 11111111-1111-1111-1111-111111111111/22222222-2222-2222-2222-222222222222',
  )
  .transform((link): Identity => {
    const [tenant = '', subject = ''] = link.toLowerCase().split('/')
    return { platform: teamsName, tenant, subject }
  })

/** What proves to Entra that Latchkey is the application. The certificate's text has its private key, too. */
export type TeamsCredential =
  | { readonly kind: 'secret'; readonly value: Secret }
  | { readonly kind: 'certificate'; readonly value: Secret }

/** The decisions of the operator, and every outside address that follows from them. */
export type TeamsSettings = {
  readonly app: string
  readonly tenant: string
  readonly tenants: readonly string[]
  readonly credential: TeamsCredential
  /** Where to write as long as nobody wrote; ends in a slash. */
  readonly serviceUrl: string
  /** The origin of a simulated Teams, which replaces every outside address; without a slash at the end. */
  readonly simulatorUrl?: string
  /** Whether sends keep Microsoft's limits; only a simulated Teams may have none. */
  readonly rateLimits: boolean
  /** Describes the keys that sign deliveries. */
  readonly metadataUrl: string
  /** The issuer of the tokens of deliveries. */
  readonly issuer: string
  /** Where Latchkey gets its own tokens, and for what. */
  readonly tokenUrl: string
  readonly scope: string
}

/** The section with the credential, and the addresses that it implies. */
export const teamsSettings = (section: z.output<typeof teamsSection>, secret: ReadSecret): TeamsSettings => {
  const { app, tenant, tenants = [tenant], simulatorUrl } = section
  const cloud = cloudOf(section.serviceUrl)
  const simulator = simulatorUrl?.replace(/\/+$/, '')
  return {
    ...{
      rateLimits: section.rateLimits,
      app,
      tenant,
      tenants: [...new Set(tenants)],
      issuer: cloud.issuer,
      scope: cloud.scope,
    },
    credential: credentialOf(section.credential, secret),
    ...(simulator !== undefined && { simulatorUrl: simulator }),
    serviceUrl: simulator === undefined ? withSlash(section.serviceUrl) : `${simulator}/connector/`,
    metadataUrl: simulator === undefined ? cloud.metadata : `${simulator}/v1/.well-known/openidconfiguration`,
    tokenUrl: `${simulator ?? cloud.login}/${tenant}/oauth2/v2.0/token`,
  }
}

const credentialOf = (kind: TeamsCredential['kind'], secret: ReadSecret): TeamsCredential =>
  kind === 'secret'
    ? { kind, value: secret('TEAMS_APP_SECRET', 'the value of a client secret of the application', secretFault) }
    : {
        kind,
        value: secret(
          'TEAMS_APP_CERTIFICATE',
          'a certificate of the application and its private key, both as PEM',
          certificateFault,
        ),
      }

/** Entra shows the secret's id beside its value, and people copy the wrong one. */
const secretFault = (value: string): string | undefined =>
  guidForm.test(value) ? 'this looks like the id of the secret, not like its value' : undefined

/** The secret between Entra and us; it seals private lists. */
export const sealingSecret = ({ credential }: Pick<TeamsSettings, 'credential'>): Secret => credential.value

/** The dependencies of the Teams modules. */
export type TeamsDeps = ChatDeps & { readonly settings: TeamsSettings }
