import { chatKinds } from '../../src/chat/index.ts'
import type { ChatKinds } from '../../src/chat/kind.ts'
import { systemClock } from '../../src/clock.ts'
import { secret } from '../../src/domain/secret.ts'
import { timestamp } from '../../src/domain/time.ts'
import { slackHands } from '../support/slack-hands.ts'
import { teamsHands } from '../support/teams-hands.ts'
import { accessChannel, oid, teamsStage, teamsUseCases } from '../support/teams-stage.ts'
import { toyKindIn } from '../support/toy-chat.ts'
import { newToyWorld } from '../support/toy-world.ts'
import { people, stage } from './chat-fakes.ts'
import { chatPlatformContract, type OpenStage } from './chat-platform.contract.ts'

const accounts = { developer: 'U0DEV', owner: 'U0OWNER' }

const slack: OpenStage = async (useCases) => {
  let late = 0
  const { slack: simulated, chat, logs, stop } = await stage(useCases, { now: () => Date.now() + late })
  return {
    platform: chat.platform,
    logs,
    channel: 'C0OPEN',
    hands: (who) => slackHands(simulated, accounts[who]),
    copy: ({ id, conversation }, channel) => {
      const blocks = simulated.messages(conversation).find(({ ts }) => ts === id)?.blocks
      return fetch(`${simulated.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { authorization: 'Bearer xoxb-of-this-test', 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ channel, text: 'copied', blocks }),
      })
    },
    makeGuest: ({ id }) => simulated.setUser(id, { isRestricted: true }),
    fallSilent: () => simulated.faults.serverError('users.info', 9),
    passMinute: () => {
      late += 61_000
    },
    stop,
  }
}

/** A platform that only this test knows: built from a registry of its own, as the configuration would build it. */
const toy: OpenStage = async (useCases) => {
  const world = newToyWorld()
  const kinds: ChatKinds = { ...chatKinds, toy: toyKindIn(world) }
  const logs: object[] = []
  const write = (fields: object, message: string) => void logs.push({ ...fields, message })
  let [late, drafts] = [0, 0]
  const chat = await kinds.toy
    ?.configure({}, () => secret('open sesame'))
    .create({
      outbound: { fetch },
      useCases,
      directory: { find: (id) => people.find((person) => person.id === id), members: () => [] },
      clock: { ...systemClock, now: () => timestamp(Date.now() + late) },
      log: { info: write, warn: write, error: write },
      newId: () => `draft-${++drafts}`,
      isFirstSight: async () => true,
      conversationOf: async () => undefined,
    })
  if (!chat) throw new Error('the registry has the toy')
  return {
    platform: chat.platform,
    logs,
    channel: '19:open@thread.tacv2',
    hands: (who) => world.hands(accounts[who]),
    copy: world.copy,
    makeGuest: ({ id }) => world.guests.add(id),
    fallSilent: () => {
      world.isSilent = true
    },
    passMinute: () => {
      late += 61_000
    },
    stop: chat.stop,
  }
}

const teams: OpenStage = async (useCases) => {
  let late = 0
  const now = () => Date.now() + late
  const stage = await teamsStage({ ...useCases, identify: teamsUseCases().identify }, { now })
  const accountOf = { developer: oid.dev, owner: oid.owner }
  return {
    platform: stage.chat.platform,
    logs: stage.logs,
    channel: accessChannel,
    hands: (who) => teamsHands(stage.teams, accountOf[who]),
    copy: async ({ id, conversation }, channel) => {
      const [content] = stage.teams.messages(conversation).find((each) => each.id === id)?.cards ?? []
      const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', content }]
      return stage.postAsBot(`v3/conversations/${encodeURIComponent(channel)}/activities`, {
        type: 'message',
        attachments,
      })
    },
    makeGuest: ({ id }) => stage.teams.setPerson(id, { role: 'guest' }),
    fallSilent: () => stage.teams.faults.serverError('getConversationMember', 9),
    passMinute: () => {
      late += 61_000
    },
    stop: stage.stop,
  }
}

chatPlatformContract('Slack', slack)
chatPlatformContract('Teams', teams)
chatPlatformContract('a toy', toy)
