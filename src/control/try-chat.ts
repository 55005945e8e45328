import type { Deps } from '../app/deps.ts'
import { accountOn, type Trial, type Trials } from '../app/trials.ts'
import { personId } from '../domain/ids.ts'
import { type Platform, platform } from '../domain/platform.ts'
import { seconds } from '../domain/time.ts'
import type { Result, TrialLine, Verb } from './protocol.ts'
import { ControlRefusal } from './server.ts'

/** What the server knows about its chats. */
export type ChatsToTry = {
  readonly trials: Trials
  readonly chats: ReadonlyMap<Platform, ChatToTry>
}
type ChatToTry = {
  readonly title: string
  isConnected(): boolean
  readonly hints: readonly string[]
}

type Asked = Verb & { verb: 'try-chat' }

/** Sends a person of the people file the message of a trial. */
export const tryChat = async (deps: Deps, self: ChatsToTry, asked: Asked): Promise<Result<'try-chat'>> => {
  const key = platform(asked.platform)
  const [chat, way] = [self.chats.get(key), deps.platforms.get(key)]
  if (!chat || !way) {
    const known = [...self.chats.keys()].join(', ') || 'none'
    throw new ControlRefusal('no-such-chat', `no chat "${key}" is configured; there is ${known}`)
  }
  const person = deps.directory.find(personId(asked.person))
  if (!person) throw new ControlRefusal('no-such-person', `"${asked.person}" is not in the people file`)
  const account = accountOn(key, person)
  if (!account) throw new ControlRefusal('no-account', `${person.id} has no ${chat.title} account in the people file`)
  deps.log.info({ chat: key, person: person.id }, 'an operator tries the chat')
  const trial = await self.trials.start(way, person, account, seconds(asked.within))
  if ('problem' in trial)
    throw new ControlRefusal('not-sent', `${chat.title} does not take the message: ${trial.problem}`)
  return {
    ...{ trial: trial.id, name: person.name, account: `${account.tenant}/${account.subject}` },
    ...{ title: chat.title, isConnected: chat.isConnected(), hints: [...chat.hints] },
  }
}

export const trialLine = (trial: Trial | undefined): TrialLine => ({
  ...(trial?.pressed !== undefined && { pressed: trial.pressed }),
  ...(trial?.trouble !== undefined && { trouble: trial.trouble }),
})
