import type { ImportOptions } from '../people/slack-people.ts'

/** The options about chats. */
export type ChatOptions = ImportOptions & {
  readonly chat?: readonly string[]
  readonly workspace?: string
  readonly mode?: 'socket' | 'http'
  readonly appId?: string
  readonly tenant?: string
  readonly credential?: 'secret' | 'certificate'
  readonly certificate?: string
  readonly serviceUrl?: string
  readonly simulatorUrl?: string
  readonly package?: boolean
}
