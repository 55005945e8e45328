import { z } from 'zod'
import type { Call } from './call.ts'
import { Id, Key, named } from './schemas/common.ts'
import { Failure } from './schemas/failure.ts'

type Json = Readonly<Record<string, unknown>>

const place = (id: string): string => `#/components/schemas/${id}`

/** Without what only a document of its own needs. */
const bare = ({ $schema: _, $id: __, ...schema }: Json): Json => schema

const inputOf = (schema: z.ZodType): Json => bare(z.toJSONSchema(schema, { io: 'input' }))

const componentsOf = (): Json => {
  const { schemas } = z.toJSONSchema(named, { uri: place, io: 'output' })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema as Json)]))
}

const refTo = (schema: z.ZodType): Json => ({ $ref: place(named.get(schema)?.id ?? '') })

const json = (schema: Json): Json => ({ 'application/json': { schema } })

const parametersOf = ({ path, query, isKeyed }: Call): readonly Json[] => [
  ...(path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: inputOf(Id) }] : []),
  ...Object.entries(query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = inputOf(field as z.ZodType)
    return { name, in: 'query', required: false, ...(description !== undefined && { description }), schema }
  }),
  ...(isKeyed
    ? [
        {
          ...{ name: 'Idempotency-Key', in: 'header', required: false },
          description: 'The same key with the same body makes one request, for 24 hours.',
          schema: inputOf(Key),
        },
      ]
    : []),
]

const refusalsOf = ({ body, query, path }: Call): readonly (readonly [number, string])[] => [
  ...(body || query || path.includes('{id}') ? [[400, 'Something in the call cannot be read.'] as const] : []),
  [401, 'Nobody is signed in.'],
  [403, 'Refused: you may not do this.'],
  [404, 'There is no such thing, or not for you.'],
  [409, 'It has changed in the meantime.'],
  ...(body
    ? [[413, 'The body is longer than 16 KiB.'] as const, [415, 'The body is not declared as JSON.'] as const]
    : []),
  [429, 'Too much at once; `Retry-After` says when to try again.'],
  [503, 'A vault or a chat is away; try again.'],
]

const operationOf = (call: Call): Json => {
  const { name, summary, body, isBodyOptional, status, answer, isOpen } = call
  return {
    ...{ operationId: name, summary, parameters: parametersOf(call) },
    ...(isOpen ? { security: [] } : {}),
    ...(body && { requestBody: { required: !isBodyOptional, content: json(inputOf(body)) } }),
    responses: {
      [status]: { description: 'Done.', content: json(refTo(answer)) },
      ...Object.fromEntries(
        refusalsOf(call).map(([code, description]) => [code, { description, content: json(refTo(Failure)) }]),
      ),
    },
  }
}

/** The OpenAPI 3.1 document of these calls; the schemas that check them are its only source. */
export const openApi = (calls: readonly Call[], { version, url }: { version: string; url: string }): Json => {
  const paths: Record<string, Record<string, Json>> = {}
  for (const call of calls) paths[call.path] = { ...paths[call.path], [call.method]: operationOf(call) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version,
      description: 'Ask for access to vaults, decide on it, and use it. Every refusal is the same sentence as in chat.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${url}/api/v1` }],
    security: [{ session: [] }, { accessToken: [] }],
    paths,
    components: {
      schemas: componentsOf(),
      securitySchemes: {
        session: {
          ...{ type: 'http', scheme: 'dpop' },
          description:
            'A session of `latchkey sign-in`: its access token, with a proof by RFC 9449 in the header DPoP.',
        },
        accessToken: {
          ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          description: 'An access token of the issuer for our audience.',
        },
      },
    },
  }
}
