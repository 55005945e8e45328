import { type ChatChoice, chatChoices } from '../../src/demo/chats.ts'

/** The chat in which the stories of this run play; a project of the tests sets it. */
export const chat: ChatChoice = chatChoices.find((each) => each === process.env.LATCHKEY_TEST_CHAT) ?? 'slack'
