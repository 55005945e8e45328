import { z } from 'zod'
import type { ConnectorReport, ServerWord } from '../../domain/remote-connector.ts'
import { ExternalError, NothingGiven } from '../../ports.ts'
import * as shape from './shapes.ts'

/** The longest message to a connector and from one, in characters. */
export const longest = { toConnector: 4 << 20, toServer: 16 << 20 } as const
/** How long a connector may begin with an order, in milliseconds. */
export const orderLife = 60_000
/** How often the server shows that it is there, and how long either end waits for the other, in milliseconds. */
export const heartbeat = 15_000
export const silence = 40_000

const { text, order, item, handle, plan } = shape
const nothing = z.strictObject({})
const none = z.null()
const ownerKey = text.exactOptional()

/** Every verb of a connector that makes calls at its vault: what the server sends, and what comes back. */
export const verbs = {
  checkRights: {
    input: nothing,
    output: z.strictObject({ missing: z.array(text), product: z.enum(['openbao', 'vault']) }),
  },
  roots: { input: nothing, output: shape.roots },
  look: { input: z.strictObject({ folder: text, ownerKey }), output: shape.look },
  refreshTag: {
    input: z.strictObject({ type: text, path: text, ownerKey: text }),
    output: z.strictObject({ ownerTag: text.exactOptional(), description: text.exactOptional() }),
  },
  caveats: {
    input: z.strictObject({ type: text, path: text, permission: text.exactOptional() }),
    output: z.array(shape.caveat),
  },
  ownerTag: {
    input: z.strictObject({ item, ownerKey: text }),
    output: z.strictObject({ tag: text.exactOptional() }),
  },
  beneath: { input: z.strictObject({ type: text, path: text, ownerKey }), output: shape.beneathOutcome },
  provision: { input: z.strictObject({ order }), output: z.strictObject({ lasts: shape.length.exactOptional() }) },
  issue: {
    input: z.strictObject({ order }),
    output: z.strictObject({
      ...{ wrappingToken: text, spendBy: shape.moment, until: shape.moment, handle },
      appRole: shape.appRole.exactOptional(),
    }),
  },
  narrow: { input: z.strictObject({ order }), output: none },
  withdraw: { input: z.strictObject({ order }), output: z.strictObject({ handle, proof: shape.proof }) },
  cut: { input: z.strictObject({ handle }), output: none },
  revoke: { input: z.strictObject({ order, isThorough: z.boolean() }), output: shape.proof },
  inspect: {
    input: z.strictObject({ handle, plan, approved: plan.exactOptional(), workload: shape.workload.exactOptional() }),
    output: z.enum(['sound', 'missing', 'altered']),
  },
  leftovers: { input: nothing, output: z.strictObject({ found: z.array(shape.leftover).exactOptional() }) },
  stuckLeases: { input: nothing, output: z.strictObject({ found: z.array(shape.stuckLease).exactOptional() }) },
  remove: { input: z.strictObject({ leftover: shape.leftover }), output: z.boolean() },
  disarm: { input: z.strictObject({ account: text }), output: none },
} as const

export type RemoteVerb = keyof typeof verbs
export type InputOf<Verb extends RemoteVerb> = z.output<(typeof verbs)[Verb]['input']>
export type OutputOf<Verb extends RemoteVerb> = z.output<(typeof verbs)[Verb]['output']>

/** The same schemas by verb, so that the type of a verb follows from it. */
export const schemas: {
  readonly [Verb in RemoteVerb]: {
    readonly input: z.ZodType<InputOf<Verb>>
    readonly output: z.ZodType<OutputOf<Verb>>
  }
} = verbs

/** See `ConnectorReport`. */
const Report = z.discriminatedUnion('about', [
  z.strictObject({ about: z.literal('ended'), grant: shape.grant, proof: shape.proof }),
  z.strictObject({ about: z.literal('opened'), grant: shape.grant, issuedAt: shape.moment }),
]) satisfies z.ZodType<ConnectorReport>

const Word = z.enum(['noted', 'fetched', 'not-fetched', 'replaced']) satisfies z.ZodType<ServerWord>

/** The messages to a connector. An order names its verb loosely, because the server may be newer. */
export const ToConnector = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('order'), id: shape.id, expires: z.int() },
    ...{ verb: z.string().max(100), input: z.unknown() },
  }),
  /** The server does not wait for this order any more. */
  z.strictObject({ kind: z.literal('cancel'), id: shape.id }),
  z.strictObject({ kind: z.literal('word'), id: shape.id, word: Word }),
])
export type ToConnector = z.infer<typeof ToConnector>

const failed = z.strictObject({
  code: z.string().regex(/^[a-z][a-z-]{0,39}$/),
  message: z.string().max(240),
  isTransient: z.boolean(),
  retryAfter: z.number().exactOptional(),
  /** The vault certainly gave nothing. */
  gaveNothing: z.literal(true).exactOptional(),
})
export type Failed = z.infer<typeof failed>

export const ToServer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), id: shape.id, result: z.unknown() }),
  z.strictObject({ kind: z.literal('failure'), id: shape.id, failed }),
  z.strictObject({ kind: z.literal('report'), id: shape.id, report: Report }),
])
export type ToServer = z.infer<typeof ToServer>

/** An error as it crosses the line. What is not classified stays unknown to the server. */
export const failedOf = (error: unknown): Failed => {
  if (!(error instanceof ExternalError)) {
    return { code: 'unexpected', message: 'The connector failed; its log says why.', isTransient: true }
  }
  const { code, message, transient, retryAfter } = error
  return {
    ...{ code, message, isTransient: transient },
    ...(retryAfter !== undefined && { retryAfter }),
    ...(error instanceof NothingGiven && { gaveNothing: true }),
  }
}

/** The same error at the other end. */
export const errorOf = ({ code, message, isTransient, retryAfter, gaveNothing }: Failed): ExternalError =>
  new (gaveNothing ? NothingGiven : ExternalError)(code, message, {
    transient: isTransient,
    ...(retryAfter !== undefined && { retryAfter }),
  })
