import { z } from 'zod'
import { pastedSecret } from '../domain/pasted-secret.ts'
import { reasonLength } from '../domain/written.ts'
import { ConnectorLine, SessionLine } from './connection-lines.ts'
import { IntegrationLine } from './integration-line.ts'
import { AuditLines, HeadLine, OperatorLines, VerifyLine } from './operator-lines.ts'

/**
 * The control socket carries one JSON object per line. The server speaks first (`Hello`). The client then proves its
 * user with a file (see `prove.ts`). Each request line gets one answer line with the same `id`.
 */
export const protocolVersion = 1

/** `prove` names the file that the client must create beside the socket, with this name as its content. */
export const Hello = z.object({ latchkey: z.int(), prove: z.string().regex(/^\.control-[0-9a-f]{32}$/) })

const word = z.string().min(1).max(200)
/** Its characters have one byte each, so that the longest `look` fits in a line and in a call of the API. */
const fullId = z.string().regex(/^[\w-]{1,60}$/)
/** How many grants one `look` reads at most. */
export const mostLooked = 250
const filter = { id: word.optional(), person: word.optional(), integration: word.optional() }
const reason = z
  .string()
  .trim()
  .min(reasonLength.min)
  .max(reasonLength.max)
  .refine((text) => pastedSecret(text) === undefined, 'leave out what looks like a secret: others read this')
  .optional()
const limit = z.int().min(1).max(1000).default(50)
const requestState = z.enum(['open', 'pending', 'approved', 'denied', 'cancelled', 'expired'])
const grantState = z.enum(['live', 'provisioning', 'active', 'revoking', 'ended'])

export const Verb = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('status') }),
  z.object({ verb: z.literal('requests'), ...filter, state: requestState.optional(), limit }),
  z.object({ verb: z.literal('grants'), ...filter, state: grantState.optional(), limit }),
  /** Reads grants by their full ids, in that order, to follow their state. */
  z.object({ verb: z.literal('look'), grants: z.array(fullId).max(mostLooked) }),
  /** Ends one grant, given by its id or the beginning of it. */
  z.object({ verb: z.literal('revoke'), grant: word, reason }),
  /** Ends every live grant of a person, at an integration, or both. */
  z.object({ verb: z.literal('revoke-all'), person: word.optional(), integration: word.optional(), reason }),
  /** Lists the ends that are held back because they are many. */
  z.object({ verb: z.literal('held') }),
  /** Sends a person a message whose button only shows that presses arrive; `within` is in seconds. */
  z.object({ verb: z.literal('try-chat'), platform: word, person: word, within: z.int().min(1).max(3600) }),
  z.object({ verb: z.literal('trial'), trial: word }),
  z.object({ verb: z.literal('end-trial'), trial: word }),
  /** Sends the events after a row of the audit log to their receiver again. */
  z.object({ verb: z.literal('replay-events'), after: z.int().min(0) }),
  /** Lists sessions of terminals and browsers that are not over. */
  z.object({ verb: z.literal('sessions'), person: word.optional() }),
  /** Ends one, given by its id or the beginning of it. */
  z.object({ verb: z.literal('end-session'), session: word }),
  /** Erases what a person wrote, as far as it is over and old enough; `isTrial` only counts. */
  z.object({ verb: z.literal('erase'), person: word, isTrial: z.boolean() }),
  /** Makes a one-time token with which a remote connector joins. */
  z.object({ verb: z.literal('invite-connector'), integration: word }),
  /** Lists remote connectors, also revoked ones. */
  z.object({ verb: z.literal('connectors') }),
  /** Revokes one, given by its id or the beginning of it. */
  z.object({ verb: z.literal('revoke-connector'), connector: word }),
  /** Confirms these ends, if they are still the ones that `seen` names. */
  z.object({ verb: z.literal('confirm-removals'), seen: word }),
  /** Tells who holds which role of an operator. */
  z.object({ verb: z.literal('operators') }),
  /** Rows of the audit log after a number, in order. */
  z.object({
    verb: z.literal('export-audit'),
    after: z.int().min(0).default(0),
    limit: z.int().min(1).max(500).default(500),
  }),
  /** Checks the whole audit log, which must contain these heads. */
  z.object({ verb: z.literal('verify-audit'), heads: z.array(HeadLine).max(100).default([]) }),
])
export type Verb = z.infer<typeof Verb>
/** A verb as callers write it, before defaults. */
export type VerbInput = z.input<typeof Verb>

/** `behind` is the person who became another user for this (sudo). It is only claimed, so it is only noted. */
export const Request = z.object({ v: z.int(), id: z.int(), behind: z.string().max(64).optional(), ask: z.unknown() })

export const Response = z
  .object({ v: z.int(), id: z.int() })
  .and(
    z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), result: z.unknown() }),
      z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
    ]),
  )

const moment = z.int()
const item = z.object({
  type: z.string(),
  path: z.string(),
  permission: z.string(),
  except: z.array(z.string()).optional(),
  /** An owner denied it; the rest of its request went on. */
  denied: z.boolean().optional(),
})

export const GrantLine = z.object({
  id: z.string(),
  request: z.string(),
  person: z.string(),
  integration: z.string(),
  items: z.array(item),
  /** The approved length, which may be shorter than the requested one. */
  seconds: z.number().optional(),
  state: grantState.exclude(['live']),
  expiresAt: moment.optional(),
  because: z.string().optional(),
  by: z.string().optional(),
  /** Why its end was asked for, in the words of who asked. */
  note: z.string().optional(),
  endedAt: moment.optional(),
  proof: z.object({ means: z.string(), latency: z.number() }).optional(),
  trouble: z.object({ since: moment, code: z.string() }).optional(),
  nextTry: moment.optional(),
  /** What the vault's audit log says was done; absent where nobody reads it. */
  used: z.object({ times: z.int(), refused: z.int(), isIncomplete: z.boolean(), last: moment.optional() }).optional(),
  /** Why the holder may no longer have the access; `endsAt` is when the access ends for that reason. */
  lapse: z.object({ why: z.string(), endsAt: moment.optional() }).optional(),
})
export type GrantLine = z.infer<typeof GrantLine>

export const RequestLine = z.object({
  id: z.string(),
  person: z.string(),
  integration: z.string(),
  items: z.array(item),
  /** Absent for an operator who only looks. */
  reason: z.string().optional(),
  seconds: z.number(),
  state: requestState.exclude(['open']),
  submittedAt: moment,
  decideBy: moment.optional(),
  owners: z.array(z.string()),
  grant: GrantLine.optional(),
})
export type RequestLine = z.infer<typeof RequestLine>

export const Asked = z.object({
  grant: z.string(),
  outcome: z.enum(['asked', 'already-ending', 'already-ended']),
})
export type Asked = z.infer<typeof Asked>

export const Status = z.object({
  version: z.string(),
  instance: z.string(),
  process: z.int(),
  startedAt: moment,
  url: z.string(),
  waitingFor: z.array(z.string()),
  integrations: z.array(IntegrationLine),
  /** Ends of access that are held back because they are many. */
  held: z.int(),
  /** Since when nothing can be written, because another program locks the database, or it is away. */
  blockedSince: moment.optional(),
  cards: z.int(),
  /** Messages that the chat refuses permanently, by recipient. */
  refused: z
    .array(
      z.object({
        platform: z.string(),
        to: z.string(),
        account: z.string().optional(),
        code: z.string(),
        since: moment,
        count: z.int(),
      }),
    )
    .default([]),
  audit: HeadLine,
  operators: OperatorLines.optional(),
  /** Why the head cannot be published. */
  head: z.object({ since: moment, problem: z.string() }).optional(),
  push: z.array(
    z.object({
      sink: z.string(),
      rows: z.int(),
      seconds: z.number(),
      trouble: z.string().optional(),
      refusal: z.string().optional(),
    }),
  ),
})
export type Status = z.infer<typeof Status>

/** What is, or would be, erased of a person; `rows` are rows of the audit log. */
const ErasureLine = z.object({
  ...{ reasons: z.int(), notes: z.int(), runs: z.int(), addresses: z.int() },
  ...{ rows: z.int(), older: z.int(), kept: z.int() },
})
export type ErasureLine = z.infer<typeof ErasureLine>

/** A message that was sent to try a chat. */
const Tried = z.object({
  trial: z.string(),
  /** The person's name and account. */
  name: z.string(),
  account: z.string(),
  /** The chat's name for people. */
  title: z.string(),
  isConnected: z.boolean(),
  /** What to check when no press arrives. */
  hints: z.array(z.string()),
})

export const TrialLine = z.object({
  pressed: moment.optional(),
  /** Why the message cannot be changed. */
  trouble: z.string().optional(),
})
export type TrialLine = z.infer<typeof TrialLine>

/** The result of each verb. */
export const results = {
  status: Status,
  requests: z.array(RequestLine),
  grants: z.array(GrantLine),
  look: z.array(GrantLine),
  revoke: z.array(Asked),
  'revoke-all': z.array(Asked),
  held: z.object({ grants: z.array(GrantLine), seen: z.string() }),
  'try-chat': Tried,
  trial: TrialLine,
  'end-trial': TrialLine,
  'replay-events': z.object({ rows: z.int(), upTo: z.int() }),
  sessions: z.array(SessionLine),
  'end-session': SessionLine,
  erase: ErasureLine,
  'invite-connector': z.object({ token: z.string() }),
  connectors: z.array(ConnectorLine),
  'revoke-connector': ConnectorLine,
  'confirm-removals': z.array(Asked),
  operators: OperatorLines,
  'export-audit': AuditLines,
  'verify-audit': VerifyLine,
} as const
export type Result<Name extends keyof typeof results> = z.infer<(typeof results)[Name]>

/** The longest line that either side accepts. */
export const longestLine = 64 * 1024

/** The file name of the socket, which is beside the database. */
export const socketName = 'latchkey.sock'
