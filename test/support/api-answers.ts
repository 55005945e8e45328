import { z } from 'zod'

// What tests read of answers. What an answer lacks is an empty text or list, and the assertion about it then fails.

const text = z.string().catch('')
const objectOf = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const inner = z.object(shape)
  return z
    .unknown()
    .optional()
    .transform((found) => inner.parse(typeof found === 'object' ? (found ?? {}) : {}))
}

const grant = {
  id: z.union([text, z.number()]).transform(String),
  usage: objectOf({
    login: objectOf({ kind: text, mount: text, role: text, audience: text }),
    ways: z.array(z.object({ kind: text, text })).catch([]),
  }),
}
const apiBody = z.object({
  ...{ id: text, url: text, workload: z.unknown().optional(), wrappingToken: text },
  error: objectOf({ code: text, field: text, message: text }),
  items: z.array(z.unknown()).catch([]),
  grant: objectOf(grant),
  appRole: objectOf({ roleId: text }),
})
const vaultBody = z.object({ data: objectOf({ secret_id: text }), auth: objectOf({ client_token: text }) })

/** Status and body of an answer of the API. */
export const apiAnswer = async (answer: Response) => ({
  status: answer.status,
  body: apiBody.parse(await answer.json()),
})

/** The same of a vault. */
export const vaultAnswer = async (answer: Response) => ({
  status: answer.status,
  body: vaultBody.parse(await answer.json()),
})

/** The first access of a list. */
export const firstGrant = ({ body }: Awaited<ReturnType<typeof apiAnswer>>) => z.object(grant).parse(body.items[0])
