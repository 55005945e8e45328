import { z } from 'zod'
import { requestId, resourceId } from '../../../domain/ids.ts'
import { timestamp } from '../../../domain/time.ts'

const advice = 'take “next” of the previous page as it is'
const about = { description: 'The `next` of the previous page, as it is.' }

/**
 * Places in lists. Each names the last entry that was shown, so that what is added before it moves nothing. A place
 * gives no right: the ids in it are only compared.
 */
export const RequestCursor = z
  .string()
  .regex(/^\d{1,15}-[\w-]{1,100}$/, advice)
  .transform((text) => {
    const [moment = '', ...rest] = text.split('-')
    return { decideBy: timestamp(Number(moment)), request: requestId(rest.join('-')) }
  })
  .meta(about)
/** After a request, which had that deadline if it was pending. */
export const requestCursor = (request: { readonly id: string; readonly decideBy?: number }): string =>
  `${request.decideBy ?? 0}-${request.id}`

export const ResourceCursor = z
  .string()
  .regex(/^[\w-]{1,100}$/, advice)
  .transform(resourceId)
  .meta(about)
