import type { z } from 'zod'
import type { Caller } from '../../app/caller.ts'
import type { Needed } from '../../domain/operator-role.ts'
import type { Outcome, Refusal } from '../../domain/refusal.ts'
import type { Parts } from './parts.ts'
import type { Failure } from './schemas/failure.ts'

export type Method = 'get' | 'post'
type Fields = z.ZodObject

/** What a call answers; a refusal may come with more that programs can use. */
export type Answered<T> = Outcome<T> | { readonly ok: false; readonly refusal: Refusal; readonly more: More }
/** Fields of the error beside those that every refusal has. */
export type More = Pick<Failure['error'], 'smaller'>

/** What a call is given: who calls, and what was read by its schemas. */
export type Given<Query = unknown, Body = unknown, Who = Caller | undefined> = {
  readonly caller: Who
  /** The id in the path; empty where there is none. */
  readonly id: string
  readonly query: Query
  readonly body: Body
  /** The header `Idempotency-Key`. */
  readonly key?: string
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal
}

type Common = {
  readonly method: Method
  /** Beneath `/api/v1`, such as `/requests/{id}`. */
  readonly path: string
  /** Its name for generated clients. */
  readonly name: string
  /** What it does, in one sentence. */
  readonly summary: string
  /** The session must have all rights. */
  readonly needsAll?: true
  /** A pipeline may call it, about itself. */
  readonly isForPipelines?: true
  /** The chats are asked first whether the person's account is active; perhaps not about their own access. */
  readonly asksChat?: 'always' | 'unless-own'
  /** Only for operators of Latchkey with one of these roles. */
  readonly roles?: Needed
  /** What the id in the path names. */
  readonly about?: 'request' | 'grant'
  /** Reads the header `Idempotency-Key`. */
  readonly isKeyed?: true
  /** The body may be left out. */
  readonly isBodyOptional?: true
  readonly status: 200 | 201
  /** The fields of this body that refusals are about, besides the usual ones. */
  readonly fields?: Partial<Record<Refusal['code'], string>>
}

/** One call of the API. The routes and the OpenAPI document both come from it. */
export type Call = Common & {
  /** Anybody may call it; whoever presents a sign-in is still checked. */
  readonly isOpen?: true
  readonly query?: Fields
  readonly body?: z.ZodType
  readonly answer: z.ZodType
  handle(parts: Parts, given: Given): Promise<Answered<unknown>>
}

type Definition<
  Answer extends z.ZodType,
  Query extends Fields | undefined,
  Body extends z.ZodType | undefined,
  Open extends true | undefined,
> = Common & {
  readonly isOpen?: Open
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  handle(
    parts: Parts,
    given: Given<
      Query extends Fields ? z.output<Query> : undefined,
      Body extends z.ZodType ? z.output<Body> : undefined,
      Open extends true ? Caller | undefined : Caller
    >,
  ): Promise<Answered<z.input<Answer>>>
}

/** Defines a call; its handler has the types of its schemas. */
export const call = <
  Answer extends z.ZodType,
  Query extends Fields | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Open extends true | undefined = undefined,
>(
  definition: Definition<Answer, Query, Body, Open>,
): Call => definition as Call
