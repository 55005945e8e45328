import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ChatChoice, hasSlack, hasTeams, teamsAccountOf } from '../../src/demo/chats.ts'
import { slackUsers, team } from '../../src/demo/example.ts'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { TeamsHands } from '../../src/simulator/teams/person.ts'
import type { TeamsSimulator } from '../../src/simulator/teams/simulator.ts'

const people = 50
const asked = 'Please decide'

/** One press of each owner, in the card of the request that this owner got. */
export type Press = () => Promise<unknown>

/** A whole Latchkey with fifty owners, and a request that waits for them. */
export const openOwnersWorld = async (chat: ChatChoice, environment: Readonly<Record<string, string>> = {}) => {
  const owners = Array.from({ length: people }, (_, index) => ({ key: `owner-${index}`, id: `U0OWNER${100 + index}` }))
  const world = await startWorld({
    ...{ chat, durations: ['1h'], environment },
    more: {
      users: owners.map(({ id, key }) => ({ id, name: key, realName: `Owner ${key.slice(6)}` })),
      people: Object.fromEntries(owners.map(({ id, key }) => [key, { name: key, slack: [`${team.id}/${id}`] }])),
      groups: { databases: ['database-owner', ...owners.map(({ key }) => key)] },
    },
  })
  const ids = owners.map(({ id }) => id)
  await (world.teams ? requestInTeams(world.teams) : storyOf(world, silent).ask('1 hour'))
  return {
    world,
    slack: hasSlack(chat) ? await pressesInSlack(world, ids) : [],
    teams: hasTeams(chat) ? await cardsInTeams(world, ids) : [],
  }
}

const silent = { chapter: () => {}, say: () => {}, proof: () => {} }

const requestInTeams = async (teams: TeamsSimulator): Promise<void> => {
  const developer = teams.person(teamsAccountOf(slackUsers.developer.id))
  await developer.openExtension('requestAccess', { from: 'compose' })
  const what = (await developer.typeahead('What', 'orders data')).find(({ title }) => title.includes('orders/database'))
  await developer.pick('What', what?.title ?? '', { typed: 'orders data' })
  developer.fill('Why', 'The orders queue is stuck, I must look at the locks.')
  const { closed, errors } = await developer.submit()
  if (!closed) throw new Error(`the form was refused: ${JSON.stringify(errors)}`)
}

const pressesInSlack = ({ slack }: World, ids: readonly string[]): Promise<readonly Press[]> =>
  Promise.all(
    ids.map(async (id) => {
      const person = slack.person(id)
      const find = () => person.inbox().find((message) => slack.textOf(message).includes(asked))
      const card = await slack.until(find, 60_000)
      return async () => {
        await person.click(card, 'Approve')
        await person.waitForView('Approve this access?')
        await person.closeView()
      }
    }),
  )

/** Each owner in the simulated Teams, with what they can do to their card. */
export type OwnerInTeams = { readonly press: Press; readonly refresh: Press }

const cardsInTeams = async ({ teams }: World, ids: readonly string[]): Promise<readonly OwnerInTeams[]> => {
  if (!teams) throw new Error('the world has no Teams')
  return Promise.all(
    ids.map(async (id) => {
      const person = teams.person(teamsAccountOf(id))
      const card = await teams.until(() => cardOf(teams, person), 60_000)
      return {
        press: async () => {
          person.forget(card)
          return person.press(card, 'Approve')
        },
        refresh: () => person.refresh(card),
      }
    }),
  )
}

const cardOf = (teams: TeamsSimulator, person: TeamsHands) =>
  person.inbox().find((message) => teams.textOf(message).includes(asked))

/** Takes deliveries and gives nothing, so that they can be signed without being delivered. */
export const startNowhere = async () => {
  const server = createServer((request, response) => request.resume().on('end', () => response.end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
