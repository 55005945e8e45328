import type { ChatKinds } from './kind.ts'
import { slack } from './slack/kind.ts'
import { teams } from './teams/kind.ts'

/** Every chat platform. Heavy parts, such as a platform's library, are loaded only where the platform is configured. */
export const chatKinds: ChatKinds = { slack, teams }
