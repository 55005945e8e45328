import { z } from 'zod'
import { Item, Moment, name } from './common.ts'
import { AppRole } from './workloads.ts'

export const Link = name('Link', z.object({ url: z.string(), expiresAt: Moment }))

export const RedeemWish = z.strictObject({
  link: z
    .string()
    .regex(/^(https?:\/\/[^\s?#]{1,300}\/)?[\w-]{16,128}$/, 'write the whole link as it was given')
    .transform((link) => link.split('/').at(-1) ?? '')
    .meta({ description: 'The whole one-time link, or only what follows its last slash.' }),
})

/** What the page of a link shows: once. */
export const Redeemed = name(
  'Redeemed',
  z.object({
    wrappingToken: z.string().meta({ description: 'Unwrap it at the vault once, until `spendBy`.' }),
    appRole: AppRole.optional().meta({
      description: 'For a job or service: the wrapping token holds a secret_id, and no token of the vault.',
    }),
    address: z.string(),
    namespace: z.string().optional(),
    commands: z.array(z.string()),
    until: Moment.meta({ description: 'When the token ends.' }),
    spendBy: Moment,
    items: z.array(Item),
    vault: z.string(),
    grant: z.string(),
  }),
)
