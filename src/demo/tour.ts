import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatedMessage } from '../simulator/slack/messages.ts'
import { slackUsers } from './example.ts'
import { newBrowser, readSecret, secretValue, unwrap } from './person.ts'
import { playBothChats } from './tour-teams.ts'
import type { World } from './world.ts'

/** Tells the story. `proof` says what a real part answered, and throws if the answer is wrong. */
export type Narrator = {
  chapter(title: string): void
  say(text: string): void
  proof(text: string, isTrue: boolean): void
}

const path = 'kv/apps/orders/database'
const sibling = 'kv/apps/billing/database'

/** Plays whole stories in the running world, with real answers; rejects at the first wrong one. */
export const playTour = async (world: World, tell: Narrator, lengthLabel: string): Promise<void> => {
  const story = storyOf(world, tell)
  tell.chapter('A request, an approval, and an end that comes by itself')
  const card = await story.ask(lengthLabel)
  await story.approve(card)
  const { token } = await story.fetchCredential()
  await story.proveReads(token)
  tell.say(`Now nobody does anything for ${lengthLabel}.`)
  await story.untilCardSays(`Access to ${path} ended`, 60_000)
  await story.proveRefused(token)

  tell.chapter('A denial, with its reason')
  const second = await story.ask(lengthLabel)
  await story.remind()
  await story.listWhatWaits()
  await story.deny(second, 'Please use the read replica for this.')

  tell.chapter('An early give-back')
  await story.approve(await story.ask('1 hour'))
  const early = await story.fetchCredential()
  await story.proveReads(early.token)
  await story.giveBack()
  await story.proveRefused(early.token)

  tell.chapter('An owner revokes')
  const last = await story.ask('1 hour')
  await story.approve(last)
  const revoked = await story.fetchCredential()
  await story.proveReads(revoked.token)
  await story.revoke(last, 'The incident is over.')
  await story.proveRefused(revoked.token)

  tell.chapter('A stolen link')
  await story.approve(await story.ask('1 hour'))
  const stolen = await story.fetchCredential()
  await story.proveReads(stolen.token)
  await story.reportLink(stolen.url)
  await story.proveRefused(stolen.token)
  tell.say('The approval still stands: the developer presses the button again.')
  const again = await story.fetchCredential()
  await story.proveReads(again.token)
  await story.giveBack()
  await story.proveRefused(again.token)

  if (world.teams === undefined) return
  tell.chapter('Asked in Slack, approved in Teams')
  await playBothChats(world, world.teams, story, tell, '1 hour')
}

/** The steps of the stories, as `storyOf` makes them. */
export type Story = ReturnType<typeof storyOf>

/** The steps of the stories. */
export const storyOf = ({ slack, vault }: World, tell: Narrator) => {
  const developer = slack.person(slackUsers.developer.id)
  const owner = slack.person(slackUsers.databaseOwner.id)
  const newest = (person: typeof developer, text: string): SimulatedMessage => {
    const found = person.inbox().findLast((message) => slack.textOf(message).includes(text))
    if (!found) throw new Error(`no message says "${text}"`)
    return found
  }
  /** The messages that contain the text now, to recognise a later one even if an older one changes. */
  const saying = (person: typeof developer, text: string): ReadonlySet<string> =>
    new Set(person.inbox().flatMap((message) => (slack.textOf(message).includes(text) ? [message.ts] : [])))
  const untilSays = (person: typeof developer, text: string, before: ReadonlySet<string>, limit = 15_000) =>
    slack.until(() => [...saying(person, text)].some((message) => !before.has(message)) || undefined, limit)

  const getLink = async (): Promise<string> => {
    await developer.click(newest(developer, 'Get my one-time link'), 'Get my one-time link')
    const view = await developer.waitForView('Your one-time link')
    await developer.closeView()
    return JSON.stringify(view).match(/http:\/\/[^"\\]+\/fetch\/[\w-]+/)?.[0] ?? ''
  }

  const useLink = async (url: string): Promise<{ token: string; url: string }> => {
    const browser = newBrowser()
    const looked = await browser.look(url)
    tell.proof(`opening the link changes nothing (HTTP ${looked.status})`, looked.status === 200)
    const { wrappingToken } = await browser.redeem(url)
    tell.proof('pressing the button shows a token that works once', wrappingToken !== undefined)
    const token = await unwrap(vault.address, wrappingToken ?? '')
    tell.proof('the vault exchanges it for a token of the developer’s own', token.length > 0)
    return { token, url }
  }

  return {
    ask: async (length: string): Promise<SimulatedMessage> => {
      const asked = saying(owner, 'Please decide')
      tell.say('The developer types: /vault request orders database')
      await developer.command('request orders database')
      await developer.waitForView('Request access')
      await developer.pick('What', path, { query: 'orders data' })
      await developer.pick('How long', length)
      await developer.fill('Why', 'The orders queue is stuck, I must look at the locks.')
      const answer = await developer.submit()
      tell.proof(
        answer.closed ? 'the form was accepted' : `the form was refused: ${JSON.stringify(answer.errors)}`,
        answer.closed,
      )
      await untilSays(owner, 'Please decide', asked)
      tell.say('The database owner gets a card. The developer’s own card has no Approve button.')
      return newest(owner, 'Please decide')
    },
    approve: async (card: SimulatedMessage) => {
      const ready = saying(developer, 'Get my one-time link')
      await owner.click(card, 'Approve')
      const asked = await owner.waitForView('Approve this access?')
      tell.say(
        `The database owner presses Approve and is asked once more: “${asked.text.replaceAll(/\s*\n\s*/g, ' · ')}”`,
      )
      await owner.submit()
      await untilSays(developer, 'Get my one-time link', ready)
      tell.say('The developer is told at once, in a new message.')
    },
    remind: async () => {
      const reminded = saying(owner, 'Reminder: please decide')
      await slack.until(() => saying(developer, 'Remind them').size > 0 || undefined, 15_000)
      await developer.press(newest(developer, 'Remind them'), 'Remind them')
      await untilSays(owner, 'Reminder: please decide', reminded)
      tell.say('Nobody decides. The developer presses “Remind them”, and both owners get a new message.')
    },
    listWhatWaits: async () => {
      const listed = saying(owner, 'Waits for you')
      await owner.command('mine')
      await untilSays(owner, 'Waits for you', listed)
      tell.say('The owner types /vault mine: what waits for them comes first, with its buttons.')
    },
    deny: async (card: SimulatedMessage, reason: string) => {
      await owner.click(card, 'Deny')
      await owner.waitForView('Deny this request')
      await owner.fill('Reason', reason)
      await owner.submit()
      await untilSays(developer, reason, new Set())
      tell.proof(`the developer reads why: “${reason}”`, true)
    },
    getLink,
    fetchCredential: async () => useLink(await getLink()),
    useLink,
    proveReads: async (token: string) => {
      const read = await readSecret(vault.address, token, path)
      const names = secretValue(read, 'username')
      tell.proof(
        `the vault answers ${read.status} to reading ${path} (username: ${String(names)})`,
        read.status === 200,
      )
      const other = await readSecret(vault.address, token, sibling)
      tell.proof(`the vault answers ${other.status} to reading ${sibling}, which nobody approved`, other.status === 403)
    },
    proveRefused: async (token: string) => {
      let read = await readSecret(vault.address, token, path)
      for (let looks = 0; read.status !== 403 && looks < 50; looks += 1) {
        await delay(100) // a withdrawal has no card to wait for
        read = await readSecret(vault.address, token, path)
      }
      tell.proof(`the developer’s own token is refused now: the vault answers ${read.status}`, read.status === 403)
    },
    untilCardSays: async (text: string, limit: number) => {
      const before = saying(developer, text)
      await untilSays(developer, text, before, limit)
      tell.say(`The card says: ${sentenceWith(slack.textOf(newest(developer, text)), text)}`)
    },
    giveBack: async () => {
      const before = saying(developer, 'Given back by you')
      await developer.press(newest(developer, 'Give back now'), 'Give back now')
      tell.say('The developer presses “Give back now”, and confirms.')
      await untilSays(developer, 'Given back by you', before)
      tell.say(
        `The card says: ${sentenceWith(slack.textOf(newest(developer, 'Given back by you')), 'Given back by you')}`,
      )
    },
    revoke: async (card: SimulatedMessage, reason: string) => {
      const before = saying(developer, 'Revoked by')
      await owner.click(card, 'Revoke')
      await owner.waitForView('Revoke this access?')
      await owner.fill('Reason', reason)
      await owner.submit()
      tell.say(`The database owner presses “Revoke” on the same card, and says why: “${reason}”`)
      await untilSays(developer, 'Revoked by', before)
      tell.say(`The card says: ${sentenceWith(slack.textOf(newest(developer, 'Revoked by')), 'Revoked by')}`)
    },
    reportLink: async (url: string) => {
      const reported = 'A one-time link was reported'
      const before = saying(owner, reported)
      tell.say('Somebody opens the used link in another browser.')
      const other = newBrowser()
      const { status, html } = await other.look(url)
      tell.proof(`the page says only that it was used (HTTP ${status})`, status === 410 && !html.includes(path))
      await other.report(url)
      tell.say('They press “This was not me”.')
      await untilSays(owner, reported, before)
      tell.say('Developer and owner are told, and the credential is withdrawn.')
    },
  }
}

const sentenceWith = (text: string, word: string): string =>
  text
    .split('\n')
    .find((line) => line.includes(word))
    ?.trim() ?? word
