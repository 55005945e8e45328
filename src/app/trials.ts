import type { Identity, MessageRef, Recipient } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Platform } from '../domain/platform.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { after, type Seconds, type Timestamp } from '../domain/time.ts'
import { type ChatPlatform, ExternalError, type Person } from '../ports.ts'
import { refusedText } from '../views/copy-unreachable.ts'
import { trialAnsweredView, trialOverView, trialView } from '../views/trial.ts'
import { conversationWith } from './conversation-with.ts'
import { type Deps, nameOf } from './deps.ts'

/** The state of one trial of a chat. */
export type Trial = {
  readonly id: string
  readonly person: PersonId
  readonly identity: Identity
  readonly until: Timestamp
  /** When the press of the button arrived. */
  readonly pressed?: Timestamp
  /** Whether the message shows the end of the trial. */
  readonly isShown: boolean
  /** Why the message cannot be changed. */
  readonly trouble?: string
}

const recipientOf = ({ person, identity }: Pick<Trial, 'person' | 'identity'>): Recipient => ({
  to: 'person',
  ...{ person, identity },
})

/** See `newTrials`. */
export type Trials = ReturnType<typeof newTrials>

/**
 * Messages with a button that only shows whether presses arrive. They are kept in memory: a trial gives nothing, and ends
 * with its process.
 */
export const newTrials = (deps: Pick<Deps, 'store' | 'platforms' | 'directory' | 'clock' | 'newId' | 'log'>) => {
  const trials = new Map<string, Trial & { readonly platform: ChatPlatform; readonly message?: MessageRef }>()
  const change = (id: string, more: Partial<Trial> & { readonly message?: MessageRef }) => {
    const trial = trials.get(id)
    if (trial) trials.set(id, { ...trial, ...more })
  }
  /** Brings the message to the state of the trial. */
  const show = async (id: string): Promise<void> => {
    const trial = trials.get(id)
    if (!trial?.message || trial.isShown) return
    const { pressed, person, message, platform } = trial
    const view = pressed === undefined ? trialOverView() : trialAnsweredView(pressed, nameOf(deps)(person))
    try {
      await platform.update(message, view, await conversationWith(deps, platform, recipientOf(trial)))
      change(id, { isShown: true })
    } catch (error) {
      deps.log.warn({ problem: messageOf(error) }, 'the message of a trial could not be changed')
      change(id, { trouble: messageOf(error) })
    }
  }
  return {
    /** Posts the message, or returns why the platform does not take it. */
    async start(
      platform: ChatPlatform,
      person: Person,
      identity: Identity,
      within: Seconds,
    ): Promise<Trial | { readonly problem: string }> {
      for (const [old, { until: end }] of trials) if (end < deps.clock.now()) trials.delete(old)
      const id = deps.newId()
      const until = after(deps.clock.now(), within)
      const trial = { id, person: person.id, identity, until, isShown: false }
      trials.set(id, { ...trial, platform })
      const recipient = recipientOf(trial)
      try {
        const reference = await conversationWith(deps, platform, recipient)
        change(id, { message: await platform.post(recipient, trialView(id), reference) })
      } catch (error) {
        trials.delete(id)
        if (!(error instanceof ExternalError)) throw error
        const { found, remedy } = refusedText(error.code)
        return { problem: error.transient ? error.message : `${found}; ${remedy}` }
      }
      return trial
    },
    /** The trial; its message is brought up to date after a press. `undefined` for one that no process here knows. */
    async look(id: string): Promise<Trial | undefined> {
      if (trials.get(id)?.pressed !== undefined) await show(id)
      return trials.get(id)
    },
    /** Ends a trial, so that nobody presses its button any more. */
    async end(id: string): Promise<Trial | undefined> {
      await show(id)
      const ended = trials.get(id)
      trials.delete(id)
      return ended
    },
    /** Notes a press; only its person may press, and only in its message. It calls nobody. */
    answer({ trial: id, message, by }: TrialPress): Outcome<'noted' | 'over'> {
      const trial = trials.get(id)
      if (!trial) return accept('over')
      const isThere = !trial.message || (message && isSame(trial.message, message))
      if (trial.person !== by || !isThere) return refuse({ code: 'foreign-message' })
      if (trial.pressed === undefined) change(id, { pressed: deps.clock.now() })
      return accept('noted')
    },
  }
}

/** The press of a trial's button. */
export type TrialPress = {
  readonly trial: string
  readonly message: MessageRef | undefined
  readonly by: PersonId
}

const isSame = (one: MessageRef, other: MessageRef): boolean =>
  one.conversation === other.conversation && one.message === other.message

/** The account at which a trial reaches a person. */
export const accountOn = (platform: Platform, person: Person): Identity | undefined =>
  person.identities.find((identity) => identity.platform === platform)
