import { z } from 'zod'
import { Moment, name } from './common.ts'

const text = z.string().min(1).max(300)
const mount = text.meta({ description: 'Where it logs in, such as `kubernetes` for `auth/kubernetes`.' })
const claims = z.record(text, text).meta({ description: 'Exact values of claims, among them `ref` or `environment`.' })
const account = { mount, namespace: text, serviceAccount: text }
const cidrs = z.array(text).max(50).meta({ description: 'The networks from which it may log in.' })
const audience = text.meta({ description: 'The audience that its token must have.' })

/** Who is to use an access instead of its requester. */
export const WorkloadWish = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('job') }),
      z.strictObject({ kind: z.literal('kubernetes'), ...account }),
      z.strictObject({ kind: z.literal('jwt'), mount, claims }),
      z.strictObject({ kind: z.literal('approle'), cidrs }),
    ],
    'write the kind: job, kubernetes, jwt or approle, with its own fields',
  )
  .meta({ description: 'Who uses the access instead of you; the vault must offer that kind.' })

/** Who uses an access instead of its requester, as it was approved. */
export const Workload = name(
  'Workload',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('job') }),
    z.object({ kind: z.literal('kubernetes'), ...account, audience }),
    z.object({ kind: z.literal('jwt'), mount, claims, audience }),
    z.object({ kind: z.literal('approle'), cidrs }),
  ]),
)

/** How a workload logs in. */
export const Login = z.object({
  kind: z.enum(['job', 'kubernetes', 'jwt', 'approle']),
  mount,
  role: z.string().meta({ description: 'The role at the vault that exists for this access alone.' }),
  audience: audience.optional(),
  commands: z.array(z.string()).meta({ description: 'The login with the vault’s own program, without a secret.' }),
})

/** What a job or service needs beside its wrapped secret_id. */
export const AppRole = z.object({
  roleId: z.string(),
  mount: z.string().meta({ description: 'It logs in at `auth/MOUNT/login`.' }),
  loginBy: Moment.meta({ description: 'Until when the secret_id can log in.' }),
  uses: z.enum(['once', 'many']),
})
