import { z } from 'zod'
import { Limit, name, pageOf, VaultName } from './common.ts'
import { ResourceCursor } from './cursor.ts'

export const Resource = name(
  'Resource',
  z.object({
    id: z.string(),
    vault: z.string(),
    type: z.string(),
    path: z.string().meta({ description: 'Complete, mount first.' }),
    permissions: z.array(z.string()),
    owner: z.string().optional().meta({ description: 'The owner tag that discovery saw last.' }),
    description: z.string().optional().meta({ description: 'What its metadata says; its writers wrote that.' }),
    obstacle: z.string().optional().meta({ description: 'Why it cannot be granted.' }),
  }),
)
export const ResourcePage = pageOf('ResourcePage', Resource)

export const ResourceQuery = z.strictObject({
  vault: VaultName.optional(),
  text: z
    .string()
    .max(400, 'write at most 400 characters')
    .default('')
    .meta({ description: 'Words that the path must contain; the best matches come first. Without it, in order.' }),
  type: z
    .string()
    .regex(/^[a-z-]{1,40}$/, 'write a type such as “secret”')
    .optional(),
  cursor: ResourceCursor.optional(),
  limit: Limit,
})
