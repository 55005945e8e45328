import { requestAction } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { typedCommand } from './typed-command.ts'
import type { Text } from './view-model.ts'

/** The message for somebody who comes for the first time: what it is for, and the ways to ask. */
export const welcomeNews = (typing: CardContext['typing']) => ({
  title: 'Welcome to Latchkey',
  tone: 'neutral' as const,
  text: ['Ask here for a secret for a limited time. An owner decides in this chat, and the access ends by itself.'],
  after: typing ? [waysToAsk(typing)] : [],
  actions: [requestAction],
})

const waysToAsk = ({ command, shortcut }: NonNullable<CardContext['typing']>): Text => [
  'You can also type ',
  { code: typedCommand(command, 'request') },
  '.',
  ...(shortcut ? [` ${shortcut}`] : []),
]
