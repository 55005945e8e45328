import { z } from 'zod'
import type { ConversationReference } from '../../../domain/conversation-memory.ts'

/** How a person is reached in Teams. */
export type TeamsReference = {
  /** Where the connector of this person listens. */
  readonly serviceUrl: string
  /** The person as this bot knows them: `29:…`. */
  readonly user: string
  /** The tenant of the conversation. */
  readonly tenant: string
}

/** Unknown keys are ignored, so that older and newer releases read each other's rows. */
const written = z.object({ serviceUrl: z.string().min(1), user: z.string().min(1), tenant: z.string().min(1) })

/** The text for the row of a person; the same reference always has the same text. */
export const encodeReference = ({ serviceUrl, user, tenant }: TeamsReference): ConversationReference =>
  JSON.stringify({ serviceUrl, user, tenant })

/** Reads a row; `undefined` for a text that names nobody. */
export const decodeReference = (text: ConversationReference): TeamsReference | undefined => {
  try {
    return written.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
