import { z } from 'zod'

/** An id of Entra, in lower case. */
const entraId = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .transform((id) => id.toLowerCase())
const id = z.string().min(1).max(1000)
const name = z.string().max(200)

const Conversation = z.object({ id, conversationType: name.nullish(), tenantId: entraId.nullish() })
/** A command of the search box above Teams may belong to no conversation; the library needs one. */
const nowhere = { id: 'nowhere', conversationType: undefined, tenantId: undefined }

const Common = z.object({
  id,
  serviceUrl: z.url({ protocol: /^https?$/ }).max(1000),
  channelId: name,
  from: z.object({ id, aadObjectId: entraId.nullish(), name: z.string().nullish() }),
  recipient: z.object({ id }),
  conversation: Conversation.nullish().transform((known) => known ?? nowhere),
  channelData: z.object({ tenant: z.object({ id: entraId }).nullish() }).nullish(),
  /** The message of the card that was used, or that this one answers. */
  replyToId: id.nullish(),
})

const Mention = z.object({
  type: name,
  text: z.string().nullish(),
  mentioned: z.object({ id }).nullish(),
})

/** Typed words; an old client sends the data of a button as `value`. */
const Message = Common.extend({
  type: z.literal('message'),
  text: z.string().nullish(),
  entities: z.array(Mention).nullish().catch(undefined),
  value: z.unknown().optional(),
})
/** Something that Teams waits for. */
const Invoke = Common.extend({ type: z.literal('invoke'), name: name.min(1), value: z.unknown().optional() })
const InstallationUpdate = Common.extend({ type: z.literal('installationUpdate'), action: name.nullish() })
const ConversationUpdate = Common.extend({
  type: z.literal('conversationUpdate'),
  membersAdded: z.array(z.object({ id })).nullish(),
})

const Kind = z.object({ type: name.min(1) })
const known = ['message', 'invoke', 'installationUpdate', 'conversationUpdate']
const Known = z.discriminatedUnion('type', [Message, Invoke, InstallationUpdate, ConversationUpdate])

export type Activity = z.output<typeof Known>
export type MessageActivity = z.output<typeof Message>
export type InvokeActivity = z.output<typeof Invoke>

/**
 * An activity of a kind that we read, with the parts that we read. `unread` is of another kind, such as a reaction;
 * undefined is no activity.
 */
export const readActivity = (body: unknown): Activity | 'unread' | undefined => {
  const kind = Kind.safeParse(body)
  if (!kind.success) return undefined
  if (!known.includes(kind.data.type)) return 'unread'
  return Known.safeParse(body).data
}

/** The tenants that an activity names: of its conversation, and of the delivery. */
export const tenantsOf = ({ conversation, channelData }: Activity): readonly string[] => [
  ...new Set([conversation.tenantId, channelData?.tenant?.id].flatMap((tenant) => tenant ?? [])),
]
