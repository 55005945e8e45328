import type { App } from '@slack/bolt'
import { helpList, holders, ownAccess, statusList } from '../../views/lists.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { Caller } from './identity.ts'
import { type Interaction, readCommand, readInteraction } from './payload.ts'
import { openRequestForm } from './request-form.ts'
import { answerBeside, nameOfIn, type Room, whisper } from './room.ts'
import { requestShortcut } from './settings.ts'
import { type No, takeTurn } from './turn.ts'

/** The slash command and the global shortcut. Answers are seen by whoever typed, and by nobody else. */
export const registerCommands = (app: App, room: Room): void => {
  // Whatever the command is called in Slack: an app that lists it differently than we do should still be answered.
  app.command(/^\//, async ({ ack, body, respond }) => {
    await room.arrivals.acknowledge(ack)
    const say = (view: MessageView): Promise<void> => answerBeside(room, respond, view)
    await takeTurn(room, { read: () => readCommand(body), answer: say }, async ({ text, origin }, caller) => {
      // Paths are often pasted with the marks of code around them.
      const [word = '', ...rest] = text.replaceAll('`', '').trim().split(/\s+/)
      const words = rest.join(' ')
      if (word.toLowerCase() === 'request') return openRequestForm(room, origin, caller, words)
      return list(room, caller, word.toLowerCase(), words, say)
    })
  })
  app.shortcut(requestShortcut, async ({ ack, body }) => {
    await ack()
    const answer = async (view: MessageView): Promise<void> => {
      const { origin } = readInteraction(body)
      await whisper(room, { conversation: undefined, user: origin.user }, view)
    }
    await takeTurn<Interaction>(room, { read: () => readInteraction(body), answer }, async ({ origin }, caller) =>
      openRequestForm(room, origin, caller, ''),
    )
  })
}

const list = async (
  room: Room,
  caller: Caller,
  word: string,
  words: string,
  say: (view: MessageView) => Promise<void>,
): Promise<No | undefined> => {
  const { useCases, settings } = room
  const admitted = await room.admits(caller.identity, 'minute')
  if (!admitted.ok) return admitted
  const { id } = caller.person
  const theirs = (view: MessageView): MessageView => ({ ...view, origin: { list: room.seals.seal(caller.identity) } })
  if (word === 'mine') await say(theirs(ownAccess(await useCases.accessOf(id), nameOfIn(room), settings.command)))
  else if (word === 'status') await say(statusList(await useCases.status(id)))
  else if (word === 'who' && words !== '') return who(room, caller, words, (view) => say(theirs(view)))
  else await say(helpList(settings.command, ['', 'help', 'who'].includes(word) ? undefined : word))
  return undefined
}

const who = async (
  room: Room,
  { person }: Caller,
  words: string,
  say: (view: MessageView) => Promise<void>,
): Promise<No | undefined> => {
  const outcome = await room.useCases.holdersOf(words, person.id)
  if (!outcome.ok) return outcome
  await say(holders(outcome.value.resource, outcome.value.loaded, nameOfIn(room)))
  return undefined
}
