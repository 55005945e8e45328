import type { HonoRequest } from 'hono'
import type { Call, Given } from './call.ts'
import { malformed } from './failures.ts'
import { type Read, readBody, readQuery } from './read.ts'
import { Id, Key } from './schemas/common.ts'
import type { Failure } from './schemas/failure.ts'

type Written = Omit<Given, 'caller' | 'gone'>
type ReadCall =
  | { readonly ok: true; readonly value: Written }
  | { readonly ok: false; readonly status: 400 | 415; readonly failure: Failure }

/** Reads everything that a call is given. Nothing is guessed: what is unknown or doubled is a fault. */
export const readCall = async (call: Call, req: HonoRequest): Promise<ReadCall> => {
  const query = readQuery(call.query, new URL(req.url).searchParams)
  if (!query.ok) return { ...query, status: 400 }
  const key = call.isKeyed ? readKey(req.header('idempotency-key')) : nothing
  if (!key.ok) return { ...key, status: 400 }
  const body = await bodyOf(call, req)
  if (!body.ok) return body
  const id = req.param('id') ?? ''
  return {
    ok: true,
    value: {
      ...{ id: Id.safeParse(id).success ? id : '', query: query.value, body: body.value },
      ...(key.value !== undefined && { key: key.value }),
    },
  }
}

const nothing = { ok: true, value: undefined } as const

const bodyOf = async ({ body, isBodyOptional }: Call, req: HonoRequest) => {
  if (!body) return nothing
  const text = await req.text()
  if (text === '' && isBodyOptional) return nothing
  const type = req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    const failure = malformed('not-json', 'Send the body as JSON, with “Content-Type: application/json”.')
    return { ok: false, status: 415, failure } as const
  }
  const read = readBody(body, text)
  return read.ok ? read : ({ ...read, status: 400 } as const)
}

const readKey = (text: string | undefined): Read<string | undefined> => {
  if (text === undefined || Key.safeParse(text).success) return { ok: true, value: text }
  const message = 'The header Idempotency-Key has 1 to 200 visible characters of ASCII. Draw a random one.'
  return { ok: false, failure: malformed('invalid', message, { field: 'Idempotency-Key' }) }
}
