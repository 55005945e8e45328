import type { z } from 'zod'
import type { Item } from '../../../domain/resource.ts'
import type { Item as ItemSchema } from '../schemas/common.ts'

/** An item as the API shows it: what it is about, and what beneath it is denied or has other owners. */
export const itemShape = ({ type, path, permission, except, asked }: Item): z.input<typeof ItemSchema> => ({
  ...{ type, path, permission },
  ...(except && { except: [...except] }),
  ...(asked && { asked: asked.map((one) => one.path) }),
})
