import { z } from 'zod'
import { malformed } from './failures.ts'
import type { Failure } from './schemas/failure.ts'

/** What was read, or the answer that says which field cannot be. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

/** Reads a body by its schema. Each fault names its field and says what to write. */
export const readBody = (schema: z.ZodType, text: string): Read<unknown> => {
  try {
    return parsed(schema, JSON.parse(text), 'The body')
  } catch {
    return { ok: false, failure: malformed('invalid', 'The body is no JSON. Send one JSON object.') }
  }
}

const none = z.strictObject({})

/** Reads a query by its schema. Each name may stand there once. */
export const readQuery = (schema: z.ZodObject = none, query: URLSearchParams): Read<unknown> => {
  const twice = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1)
  if (twice !== undefined) return wrong('The query', [{ field: twice, message: 'give it once' }])
  const fields: Readonly<Record<string, z.ZodType>> = schema.shape
  const values = [...query].map(([name, text]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    return [name, field && isWhole(field) && /^\d{1,16}$/.test(text) ? Number(text) : text] as const
  })
  return parsed(schema, Object.fromEntries(values), 'The query')
}

const wholes = new WeakMap<z.ZodType, boolean>()
const isWhole = (field: z.ZodType): boolean => {
  const known = wholes.get(field) ?? z.toJSONSchema(field, { io: 'input' }).type === 'integer'
  wholes.set(field, known)
  return known
}

const parsed = (schema: z.ZodType, value: unknown, what: string): Read<unknown> => {
  const read = schema.safeParse(value)
  if (read.success) return { ok: true, value: read.data }
  return wrong(what, read.error.issues.flatMap(faultsOf))
}

type Fault = { readonly field: string; readonly message: string }

/** An unknown key is a fault of its own, because a misspelt one must not be ignored. */
const faultsOf = (issue: z.core.$ZodIssue): readonly Fault[] => {
  const at = issue.path.map(String)
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: [...at, key].join('.'), message: 'there is no such field; remove it' }))
    : [{ field: at.join('.'), message: issue.message }]
}

const wrong = (what: string, faults: readonly Fault[]): Read<never> => {
  const few = faults.slice(0, 20)
  const [first] = few
  const place = first === undefined || first.field === '' ? '' : ` at “${first.field}”`
  const message = `${what} cannot be read${place}: ${first?.message ?? 'compare it with the description'}.`
  const more = { ...(first && first.field !== '' && { field: first.field }), fields: [...few] }
  return { ok: false, failure: malformed('invalid', message, more) }
}
