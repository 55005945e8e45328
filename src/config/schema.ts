import { z } from 'zod'
import type { ChatKinds } from '../chat/kind.ts'
import { addressFault, isOwnAddress, isOwnHost } from '../domain/address.ts'
import type { Party } from '../domain/integration.ts'
import { lengthOf } from '../domain/length.ts'
import { type Seconds, seconds } from '../domain/time.ts'
import { operatorSettings } from './operators.ts'
import { pipelineSettings } from './pipelines.ts'

/** A length of time such as `45s`, `15m`, `1h30m` or `2d`. */
const Length = z
  .string({ error: ({ input }) => (typeof input === 'number' ? withUnit(input) : undefined) })
  .transform((text, context): Seconds => {
    const length = lengthOf(text)
    if (length && length > 0) return length
    const message = /^\d+$/.test(text) ? withUnit(text) : `write a length such as 15m, 1h30m or 2d, not "${text}"`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const withUnit = (count: number | string): string => `write ${count}m, or ${count} with another unit (s, m, h, d)`

const Party_ = z.custom<Party>(
  (value) => typeof value === 'string' && /^(person|group):[a-z0-9][a-z0-9-]*$/.test(value),
  'write person:KEY or group:NAME, as in the people file',
)

/** A web address without parts that would break the text appended to it, such as a query. */
const Address = (how?: Parameters<typeof addressFault>[1]) =>
  z.url({ protocol: /^https?$/ }).superRefine((text, context) => {
    const fault = addressFault(text, how)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })
const isSafe = (address: string) => /^https:/i.test(address) || isOwnAddress(address)
/** The address of the links. */
export const LinkAddress = Address()
  .transform((address) => address.replace(/\/+$/, ''))
  .refine(isSafe, 'use https (plain http is for this machine only: a link must not travel unencrypted)')

/** Not normalised: tokens contain the issuer's address letter by letter. */
const Issuer = Address()
  .refine(isSafe, 'use https (plain http is for an issuer on this machine only)')
  .refine(
    (address) => !/\/\.well-known\//.test(address),
    'write the issuer itself, without /.well-known/… or any other ending',
  )

const KeysAddress = Address({ query: 'allowed' }).refine(isSafe, 'use https (plain http is for this machine only)')

const SignInSettings = z
  .strictObject({
    issuer: Issuer,
    clientId: z.string().min(1),
    kind: z.enum(['generic', 'entra', 'slack']).default('generic'),
    /** Requested besides `openid`. */
    scopes: z.array(z.string().regex(/^[!#-[\]-~]+$/, 'write one scope per entry')).default([]),
  })
  .refine(({ kind, issuer }) => kind !== 'entra' || !/\/(common|organizations|consumers)(\/|$)/.test(issuer), {
    path: ['issuer'],
    error: "write your own tenant's issuer: https://login.microsoftonline.com/TENANT-ID/v2.0",
  })
  .refine(({ kind, issuer }) => kind !== 'slack' || issuer === 'https://slack.com' || isOwnAddress(issuer), {
    path: ['issuer'],
    error: 'Slack signs people in as https://slack.com',
  })

/** The id of a channel in the only configured chat, or with the name of its chat. Each platform checks its ids. */
const channelSetting = [z.string().min(1), z.record(z.string(), z.string())] as const
const ChannelSetting = z.union(channelSetting, "write a channel's id, or the chat and the id: { slack: C0123 }")
const ChannelOrAddress = z.union(channelSetting, "write a channel's id, the chat and the id, or an https address")
export type ChannelSetting = z.output<typeof ChannelSetting>

const IntegrationSettings = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, 'use letters, digits and "-", at most 40'),
  requesters: z.array(Party_).min(1, 'name who may request access, such as group:engineers'),
  owner: z.array(Party_).min(1, 'name who decides where no resource owner does'),
  resourceOwner: z
    .strictObject({
      key: z.string().min(1).max(128),
      allow: z.array(Party_).default([]),
      pinned: z.array(z.strictObject({ path: z.string().min(1), owner: Party_ })).default([]),
    })
    .optional(),
  durations: z
    .array(Length)
    .min(1)
    .default([seconds(900), seconds(3600), seconds(14_400)]),
  decideWithin: Length.default(seconds(28_800)),
  formerRequesters: z.enum(['tell', 'end']).default('tell'),
  accessDetails: z.string().max(400).optional(),
  channel: ChannelSetting.optional(),
  /** The vault connector's own schema checks it. */
  vault: z.unknown(),
})

/** Not normalised: some receivers distinguish `/hook` from `/hook/`. */
const ReceiverUrl = Address({ query: 'allowed' }).refine(
  isSafe,
  'use https (plain http is for a receiver on this machine only)',
)

/** Such as `127.0.0.1:9464` or `[::1]:9464`. */
const HostAndPort = z.string().transform((text, context) => {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  if (host === '' || Number(port) > 65_535) {
    context.addIssue({ code: 'custom', message: `write a host and a port, such as 127.0.0.1:9464, not "${text}"` })
  }
  return { host, port: Number(port) }
})

const SyslogSettings = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    transport: z.enum(['tls', 'tcp', 'udp']).default('tls'),
    /** CA certificates (PEM) that replace the system's. */
    caFile: z.string().min(1).optional(),
    unencrypted: z.boolean().default(false),
  })
  .refine(({ transport, host, unencrypted }) => transport === 'tls' || unencrypted || isOwnHost(host), {
    path: ['transport'],
    error: 'use tls (tcp and udp are for this machine only; in a network that you trust, add unencrypted: true)',
  })
  .refine(({ transport, caFile }) => transport === 'tls' || caFile === undefined, {
    path: ['caFile'],
    error: 'only transport: tls uses certificates',
  })

/** The destination of the head: a text that is not a web address is a channel. */
const HeadTo = ChannelOrAddress.transform((given, context) => {
  if (typeof given !== 'string' || !/^https?:\/\//i.test(given)) return { to: 'channel' as const, channel: given }
  const { data, error } = ReceiverUrl.safeParse(given)
  for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message })
  return { to: 'address' as const, url: data ?? given }
})
export type HeadSetting = z.output<typeof HeadTo>

/** Where the audit log goes besides the database. */
const AuditSettings = z.strictObject({
  headEvery: Length.default(seconds(3600)),
  /** A channel, or an address for a signed webhook. */
  headTo: HeadTo.optional(),
  webhook: z.strictObject({ url: ReceiverUrl }).optional(),
  syslog: SyslogSettings.optional(),
})

/** The configuration file without the chats' sections. An unknown key is an error: a misspelt key must not be ignored. */
export const ConfigFile = z.strictObject({
  listen: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535).default(8080) })
    .default({
      host: '127.0.0.1',
      port: 8080,
    }),
  /** A file, or an address of PostgreSQL without its password. */
  database: z.string().min(1).optional(),
  /** With PostgreSQL, where this machine keeps its socket, journal and key. */
  dataFolder: z.string().min(1).optional(),
  /** The file that notes drawn names; by default next to the database. */
  journal: z.string().min(1).optional(),
  people: z.string().default('people.yaml'),
  /** How long finished records are kept. Requests, grants and the audit log are kept forever. */
  keep: Length.default(seconds(400 * 86_400)).refine(
    (length) => length >= 30 * 86_400,
    'keep at least 30d: Latchkey cannot explain what it has deleted',
  ),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** CA certificates (PEM) added to the system's, for every peer without its own caFile. */
  caFile: z.string().min(1).optional(),
  link: z.strictObject({
    baseUrl: LinkAddress,
    inMessage: z.boolean().default(false),
    revokeOnMisuse: z.boolean().default(true),
    /** What a person needs besides the link. `sign-in` by default where an issuer is configured. */
    confirm: z.enum(['none', 'sign-in']).optional(),
  }),
  signIn: SignInSettings.optional(),
  /** Access tokens of the issuer with which people's own programs may call the API. */
  api: z
    .strictObject({
      audience: z.string().min(1),
      clients: z.array(z.string().min(1)).min(1, 'name the clients whose tokens count'),
    })
    .optional(),
  terminal: z.strictObject({ deviceCode: z.boolean().default(false) }).prefault({}),
  reconcile: z
    .strictObject({
      claim: Length.default(seconds(60)),
      wake: Length.default(seconds(15)),
      discoverEvery: Length.default(seconds(300)),
      /** How many known owner tags each pass reads again, where the vault's listing does not contain them. */
      tagsPerPass: z.int().min(0).max(1_000_000).default(2_000),
      /** An interrupted discovery pass is resumed if it is younger than this. */
      resumeWithin: Length.default(seconds(3600)),
      driftEvery: Length.default(seconds(300)),
      /** How often the chat is asked whether people with access still have active accounts. */
      accountsEvery: Length.default(seconds(300)),
      provedShare: z.number().min(0).max(1).default(0.1),
    })
    .prefault({}),
  limits: z
    .strictObject({
      openRequests: z.int().min(1).max(1_000_000).default(20),
      requestsAnHour: z.int().min(1).max(1_000_000).default(60),
      refusalsAnHour: z.int().min(1).max(1_000_000).default(30),
      searchesAMinute: z.int().min(10).max(1_000_000).default(120),
      callsAMinute: z.int().min(10).max(1_000_000).default(600),
    })
    .prefault({}),
  audit: AuditSettings.prefault({}),
  auditors: z.array(Party_).default([]),
  /** Who may do what as an operator of Latchkey itself. Absent: whoever may open the control socket. */
  operators: z.array(operatorSettings(Party_)).min(1, 'name who operates Latchkey, or leave operators out').optional(),
  /** A folder in which other users of this machine find a socket. */
  operatorsFolder: z.string().min(1).optional(),
  /** CI jobs that ask for access themselves. */
  pipelines: z.array(pipelineSettings({ issuer: Issuer, keys: KeysAddress })).default([]),
  events: z.strictObject({ webhook: z.strictObject({ url: ReceiverUrl }) }).optional(),
  metrics: z.strictObject({ listen: HostAndPort }).optional(),
  integrations: z.array(IntegrationSettings).min(1),
})
export type ConfigFileContent = z.infer<typeof ConfigFile>

/** The complete configuration file: each chat has its own optional section. */
export const configFile = (chats: ChatKinds) => {
  const { reconcile, limits, audit, auditors, operators, operatorsFolder, ...others } = ConfigFile.shape
  const { pipelines, events, metrics, integrations, ...first } = others
  const sections = Object.fromEntries(Object.entries(chats).map(([key, { section }]) => [key, section.optional()]))
  const roles = { auditors, operators, operatorsFolder }
  const last = { reconcile, limits, audit, ...roles, pipelines, events, metrics, integrations }
  return z.strictObject({ ...first, ...sections, ...last })
}
