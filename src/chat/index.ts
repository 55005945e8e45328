import type { ChatKinds } from './kind.ts'
import { slack } from './slack/kind.ts'

/** Every chat platform. What is heavy, such as a platform's own library, is loaded only where one is configured. */
export const chatKinds: ChatKinds = { slack }
