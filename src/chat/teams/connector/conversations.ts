import type { Clock } from '../../../ports.ts'
import { type AskedOnce, askedOnce } from './asked-once.ts'
import type { Connector, Place } from './connector.ts'
import type { TeamsReference } from './reference.ts'

/** Milliseconds that an open conversation is trusted: its id never changes, but the person may remove the app. */
const opened = 3_600_000
const refusedFor = 10_000

/** Where messages to each person go. After a refusal a conversation is forgotten, and so opened anew. */
export type Conversations = AskedOnce<TeamsReference, Place>

/** The personal conversations of people, each opened once an hour. Teams answers the one that is there. */
export const newConversations = (connector: Pick<Connector, 'open'>, clock: Pick<Clock, 'now'>): Conversations =>
  askedOnce({
    ask: async ({ serviceUrl, user, tenant }: TeamsReference): Promise<Place> => ({
      serviceUrl,
      conversation: await connector.open(serviceUrl, user, tenant),
    }),
    keyOf: ({ serviceUrl, user, tenant }) => `${tenant} ${user} ${serviceUrl}`,
    ...{ clock, lasting: opened, refusedFor },
  })
