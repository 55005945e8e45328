import { z } from 'zod'
import type { Activity, MessageActivity } from '../deliveries/activity.ts'

/** Whether an activity is in the conversation of one person with us. */
export const isPersonal = ({ conversation }: Activity): boolean => conversation.conversationType === 'personal'

/** The id of a conversation without the thread, which Teams appends in a channel. */
export const placeOf = ({ conversation }: Activity): string => conversation.id.split(';')[0] ?? conversation.id

/** Longest words that are read, in characters, and the mentions among them. */
const most = { typed: 10_000, mentions: 50 }

/** The typed words without the mentions of us, which a channel needs. */
export const wordsOf = ({ text, entities, recipient }: MessageActivity): string =>
  (entities ?? [])
    .filter(({ type, mentioned }) => type.toLowerCase() === 'mention' && mentioned?.id === recipient.id)
    .slice(0, most.mentions)
    .reduce(
      (words, mention) => (mention.text ? words.replace(mention.text, ' ') : words),
      (text ?? '').slice(0, most.typed),
    )
    .replace(/\u00a0|&nbsp;/g, ' ')
    .trim()

const name = z.string().max(200)

const Execute = z.object({ action: z.object({ verb: name.nullish(), data: z.unknown().optional() }) })
/** The verb and data of a used `Action.Execute`; a missing verb is empty. */
export const readExecute = (value: unknown): { readonly verb: string; readonly data: unknown } => {
  const read = Execute.safeParse(value).data
  return { verb: read?.action.verb ?? '', data: read?.action.data }
}

const WithData = z.object({ data: z.unknown().optional() })
/** The data of a dialog's button, with the values of its inputs. */
export const readData = (value: unknown): unknown => WithData.safeParse(value).data?.data

const JustInstalled = z.object({ msteams: z.object({ justInTimeInstall: z.literal(true) }) })
/** Whether data only says that the person has just added us to the conversation. */
export const isJustInstalled = (data: unknown): boolean => JustInstalled.safeParse(data).success

const Command = z.object({
  commandId: name.nullish(),
  commandContext: name.nullish(),
  messagePayload: z
    .object({ body: z.object({ content: z.string().nullish(), contentType: name.nullish() }).nullish() })
    .nullish()
    .catch(undefined),
})
/** A command of the message extension, with the text of the message that it was used on. */
export const readCommand = (value: unknown): { readonly message: string } => {
  const body = Command.safeParse(value).data?.messagePayload?.body
  const content = body?.content ?? ''
  return { message: body?.contentType === 'text' ? content : withoutMarkup(content) }
}

/** The text of HTML, roughly: it only fills in a field that the person reads. */
const withoutMarkup = (html: string): string =>
  html
    .slice(0, 20_000)
    .replace(/<[^<>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()

const Search = z.object({ queryText: z.string().nullish(), dataset: name.nullish() })
/** A query of a menu for the typed text; `dataset` names the field. */
export const readSearch = (value: unknown): { readonly typed: string; readonly dataset: string } => {
  const read = Search.safeParse(value).data
  return { typed: read?.queryText ?? '', dataset: read?.dataset ?? '' }
}

const Query = z.object({ parameters: z.array(z.object({ name, value: z.unknown().optional() })).nullish() })
/** The words of a search in the message box; empty at its start. */
export const readQuery = (value: unknown): string => {
  const parameters = Query.safeParse(value).data?.parameters ?? []
  const typed = parameters.find((each) => each.name !== 'initialRun')?.value
  return typeof typed === 'string' ? typed.slice(0, 200) : ''
}
