import { z } from 'zod'
import { lengthOf } from '../../../domain/length.ts'
import { type Seconds, seconds } from '../../../domain/time.ts'

/** The schemas that the OpenAPI document defines under a name of their own. */
export const named = z.registry<{ readonly id: string }>()

/** Gives an answer's schema its name in the document. */
export const name = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  named.add(schema, { id })
  return schema
}

export const Moment = z.string().meta({ format: 'date-time', description: 'A moment, ISO 8601 in UTC.' })

/** A request, grant or resource, as other answers name it. */
export const Id = z
  .string()
  .regex(/^[\w-]{1,100}$/, 'write an id as an answer of this API gave it')
  .meta({ description: 'An id, as an answer of this API gave it.' })

/** The header `Idempotency-Key`: visible characters of ASCII. */
export const Key = z.string().regex(/^[!-~]{1,200}$/)

export const VaultName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, 'write the name of a vault, as “GET /me” lists it')
  .meta({ description: 'The name of a vault, as `GET /me` lists it.' })

/** Whole seconds, or a length such as `2h`. */
export const Length = z
  .union(
    [
      z
        .string()
        .max(20)
        .regex(/^(\d{1,9}[dhms])+$/),
      z.int().min(1).max(1_000_000_000),
    ],
    'write a length such as "45m", "2h" or "1h30m", or whole seconds',
  )
  .transform((given): Seconds => (typeof given === 'number' ? seconds(given) : (lengthOf(given) ?? seconds(0))))
  .meta({ description: 'A length such as `45m`, `2h` or `1h30m`, or whole seconds.' })

/** A person's own words. Their length is judged with a refusal, as in chat. */
export const Words = z.string().max(4000, 'write at most 4,000 characters')

export const Person = name(
  'Person',
  z.object({
    id: z.string().meta({ description: 'The key in the people file.' }),
    name: z.string(),
  }),
)

export const Item = name(
  'Item',
  z.object({
    type: z.string(),
    path: z.string().meta({ description: 'Complete, mount first.' }),
    permission: z.string(),
    except: z
      .array(z.string())
      .optional()
      .meta({ description: 'What is denied beneath it: a complete path, or a beginning that ends in `*`.' }),
    asked: z
      .array(z.string())
      .optional()
      .meta({ description: 'Secrets beneath it of other owners, who decide on them.' }),
    state: z
      .enum(['waiting', 'denied', 'given'])
      .optional()
      .meta({ description: 'In a request: whether an owner denied it, or it is given.' }),
  }),
)

export const Lent = name(
  'Lent',
  z.object({
    policies: z.array(z.string()).meta({ description: 'The administrator’s policies that are lent.' }),
    role: z.string().meta({ description: 'The token role that lends them.' }),
    beyond: z.array(z.string()).optional().meta({
      description: 'What they open besides the items, in the vault’s words; absent where that is not known any more.',
    }),
  }),
)

export const Limit = z.int().min(1).max(200).default(50).meta({ description: 'The most entries of the page.' })

/** One page of a list. */
export const pageOf = <One extends z.ZodType>(id: string, one: One) =>
  name(
    id,
    z.object({
      items: z.array(one),
      next: z.string().optional().meta({ description: 'Where the list goes on; absent on the last page.' }),
    }),
  )
