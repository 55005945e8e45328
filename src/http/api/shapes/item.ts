import type { z } from 'zod'
import type { Lent } from '../../../domain/lent.ts'
import type { Item } from '../../../domain/resource.ts'
import type { Item as ItemSchema, Lent as LentSchema } from '../schemas/common.ts'

/** An item as the API shows it: what it is about, and what beneath it is denied or has other owners. */
export const itemShape = ({ type, path, permission, except, asked }: Item): z.input<typeof ItemSchema> => ({
  ...{ type, path, permission },
  ...(except && { except: [...except] }),
  ...(asked && { asked: asked.map((one) => one.path) }),
})

/** What is lent, as the API shows it; nothing where the bot writes its own policies. */
export const lentShape = (lent: Lent | undefined): { readonly lent?: z.input<typeof LentSchema> } =>
  lent
    ? { lent: { role: lent.role, policies: [...lent.policies], ...(lent.beyond && { beyond: [...lent.beyond] }) } }
    : {}
