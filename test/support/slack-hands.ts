import type { SimulatedMessage } from '../../src/simulator/slack/messages.ts'
import type { SlackSimulator } from '../../src/simulator/slack/simulator.ts'
import type { Hands, SeenMessage } from './hands.ts'

/** Under which a picture of a message keeps the message as it was then. */
const original = Symbol('original')
type Picture = SeenMessage & { readonly [original]?: SimulatedMessage }

/** People are named as in every chat, without Slack's mark of a mention. */
const withoutMarks = (text: string): string => text.replaceAll(/@(?=\p{Lu})/gu, '')

const linksIn = (blocks: unknown): readonly string[] => JSON.stringify(blocks).match(/https?:\/\/[^"\\|>]+/g) ?? []

/** Somebody in the simulated Slack, in the words of every platform. */
export const slackHands = (slack: SlackSimulator, id: string): Hands => {
  const person = slack.person(id)
  const seen = (message: SimulatedMessage): Picture => ({
    id: message.ts,
    conversation: message.channel,
    // Only for those who read it: stories look at hundreds of messages many times a second.
    get text() {
      return withoutMarks(person.textOf(message))
    },
    isPrivate: message.ephemeralFor === id,
    [original]: message,
  })
  const found = ({ id: ts, conversation }: SeenMessage): SimulatedMessage => {
    const message = person.messages(conversation).find((each) => each.ts === ts)
    if (!message) throw new Error('the message is gone')
    return message
  }
  return {
    id,
    command: (words, channel) => person.command(words, channel === undefined ? {} : { channel }),
    view: () => {
      const view = person.view()
      if (!view) return undefined
      return {
        ...view,
        get links() {
          return linksIn(view.blocks)
        },
      }
    },
    closeView: async () => person.view() && person.closeView('all'),
    fill: (field, text) => person.fill(field, text),
    typeahead: async (field, typed) => (await person.typeahead(field, typed)).map(({ text }) => text.text),
    pick: (field, option, typed) => person.pick(field, option, typed === undefined ? {} : { query: typed }),
    submit: () => person.submit(),
    press: (message: Picture, button, { asSeen = false } = {}) =>
      person.click((asSeen && message[original]) || found(message), button, { asSeen }),
    inbox: () => person.inbox().map(seen),
    messages: (conversation) => person.messages(conversation).map(seen),
    whispers: () =>
      slack
        .messages()
        .filter(({ ephemeralFor }) => ephemeralFor === id)
        .map(seen),
  }
}
