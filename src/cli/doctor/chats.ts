import type { ChatExaminer, ConversationOf } from '../../chat/kind.ts'
import type { Config } from '../../config/read.ts'
import type { Platform } from '../../domain/platform.ts'
import { causeOf, type Finding, missing, unknown } from '../../findings.ts'

/** The examiner of each configured chat; a chat without its secrets has none. */
export type Examiners = ReadonlyMap<Platform, ChatExaminer>

export const examinersOf = async (
  { chats }: Pick<Config, 'chats'>,
  way: typeof fetch,
  conversationOf: ConversationOf | undefined,
): Promise<Examiners> => {
  const examiners = new Map<Platform, ChatExaminer>()
  for (const [platform, chat] of chats) {
    const examiner = await chat.examiner(way, conversationOf)
    if (examiner) examiners.set(platform, examiner)
  }
  return examiners
}

/** Checks the app of each configured chat. */
export const chatFindings = async (
  { chats }: Pick<Config, 'chats'>,
  examiners: Examiners,
): Promise<readonly Finding[]> => {
  const rows = [...chats].map(async ([platform, { title }]): Promise<readonly Finding[]> => {
    const examiner = examiners.get(platform)
    if (!examiner) return [unknown(title, 'no bot token to try')]
    const remedy = `let this machine reach ${title}`
    return examiner.app().catch((error: unknown) => [missing(title, causeOf(error), remedy)])
  })
  return (await Promise.all(rows)).flat()
}
