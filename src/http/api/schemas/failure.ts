import { z } from 'zod'
import { Moment, name } from './common.ts'

/** What every call answers that did not do what was asked. */
export const Failure = name(
  'Failure',
  z.object({
    error: z.object({
      code: z.string().meta({ description: 'Short and stable.' }),
      message: z.string().meta({ description: 'One sentence, the same as in chat, with what to do next.' }),
      field: z.string().optional().meta({ description: 'The field of the body or query that it is about.' }),
      fields: z
        .array(z.object({ field: z.string(), message: z.string() }))
        .optional()
        .meta({ description: 'Every field that cannot be read.' }),
      item: z.string().optional().meta({ description: 'The path of the item that it is about, among several.' }),
      smaller: z.array(z.string()).optional().meta({ description: 'Smaller folders in one that is too large.' }),
      request: z.string().optional().meta({ description: 'The earlier request of `already-asked`.' }),
      again: Moment.optional().meta({ description: 'When the same is possible again.' }),
      why: z.string().optional().meta({ description: 'Which case of the code it is, for programs.' }),
      reference: z.string().optional().meta({ description: 'Finds the log line of a bug.' }),
    }),
  }),
)
export type Failure = z.input<typeof Failure>
