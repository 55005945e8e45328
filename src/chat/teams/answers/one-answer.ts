import type { Log } from '../../../app/deps.ts'
import { ExternalError } from '../../../ports.ts'
import { bare, bugView } from '../../../views/copy.ts'
import { sentenceForm } from '../../../views/dialogs.ts'
import type { FormView, MessageView } from '../../../views/view-model.ts'
import type { FormAnswer, Say } from '../../conversation/port.ts'
import { withErrors } from '../cards/render-form.ts'
import type { Answer } from '../deliveries/answers.ts'
import { newReference } from '../failure.ts'

/** What a form shows beside its own content. */
export type Beside = {
  /** A sentence above the form. */
  readonly say?: string
  /** The words whose results its menus show. */
  readonly search?: string
}

/** How one kind of delivery shows things to the person who waits for its answer. */
export type Surface = {
  /** A message, for this person alone. */
  view(view: MessageView): Answer
  form(form: FormView, beside: Beside): Promise<Answer>
  /** What is left when a form is sent, or when there is nothing to say. */
  closed(): Promise<Answer>
}

/** The possible answers of one delivery. The first one answers it; what follows goes to the personal chat. */
export type Replies = {
  readonly say: Say
  /** Opens a form; the returned function replaces it while the delivery is not answered. */
  readonly open: (form: FormView, beside?: Beside) => Promise<(next: FormView) => Promise<void>>
  readonly answer: (answer: FormAnswer, beside?: Beside) => Promise<void>
  /** The form in the place of one that waits, while the delivery is not answered; returns whether it is shown there. */
  readonly settle: (form: FormView | undefined, beside?: Beside) => Promise<boolean>
}

type OneDeps = {
  readonly surface: Surface
  /** Tells the person in the personal chat. */
  readonly later: Say
  readonly log: Log
  /** Milliseconds that the delivery has taken so far. */
  readonly elapsed: number
}

/** Teams gives up after five seconds, and the way to Teams needs its time, too. In milliseconds. */
const deadline = 4_000
/** Drawing the answer, such as the first entries of a menu, needs its time as well. */
const hardDeadline = 4_500
/** A sent form closes by then, although its work goes on. */
const closing = 2_000

const slow = 'This takes longer. The answer comes in your chat with Latchkey.'
const tooLate = 'the form would have opened too late'

/**
 * Gives a delivery its one answer: what the work says first, once the work is over or Teams waits no longer. A later
 * answer, and one after a form was sent, goes to the personal chat. It never rejects.
 */
export const answerOnce = (
  { surface, later, log, elapsed }: OneDeps,
  work: (replies: Replies) => Promise<unknown>,
): Promise<Answer> => {
  const given = Promise.withResolvers<Answer>()
  let isGiven = false
  let first: (() => Answer | Promise<Answer>) | undefined
  let closer: NodeJS.Timeout | undefined

  const give = (make: () => Answer | Promise<Answer>): void => {
    if (isGiven) return
    isGiven = true
    clearTimeout(timer)
    clearTimeout(closer)
    void (async () => make())()
      .catch(failed)
      .then(given.resolve)
      .finally(() => clearTimeout(last))
  }
  const failed = (error: unknown): Answer => surface.view(bugView(newReference(log, error)))
  const slowly = () => surface.view(bare([slow]))
  const timer = setTimeout(() => give(first ?? slowly), Math.max(0, deadline - elapsed))
  const last = setTimeout(() => given.resolve(slowly()), Math.max(0, hardDeadline - elapsed))

  /** Takes the first answer; returns whether this is it. */
  const takes = (make: () => Answer | Promise<Answer>): boolean => {
    if (isGiven || first) return false
    first = make
    return true
  }
  const say: Say = async (view) => {
    if (!takes(() => surface.view(view))) await later(view)
  }
  const show = (form: FormView, beside: Beside): boolean => takes(() => surface.form(form, beside))

  const replies: Replies = {
    say,
    open: async (form, beside = {}) => {
      // A form has no place in a chat; the turn answers that the person may try again.
      if (!show(form, beside)) throw new ExternalError('chat-too-slow', tooLate, { transient: true })
      return async (next) => {
        if (!isGiven) first = () => surface.form(next, beside)
      }
    },
    answer: async (answer, beside = {}) => {
      if (answer.kind === 'close' || answer.kind === 'wait') {
        const left = answer.kind === 'wait' ? () => surface.form(answer.form, beside) : surface.closed
        closer ??= setTimeout(() => give(first ?? left), Math.max(0, closing - elapsed))
        return
      }
      const form = answer.kind === 'replace' ? answer.form : await refilled(answer)
      if (!show(form, beside)) await later(asMessage(form, answer))
    },
    settle: async (form, beside = {}) => (form ? show(form, beside) : !isGiven),
  }
  const told = (error: unknown) => say(bugView(newReference(log, error)))
  void work(replies)
    .catch(told)
    .catch(() => log.warn({}, 'a failure could not be told'))
    .then(() => give(first ?? surface.closed))
  return given.promise
}

/** The form again with its errors; only the sentences where it is not possible any more. */
const refilled = async ({ errors, redraw }: FormAnswer & { kind: 'errors' }): Promise<FormView> => {
  const form = await redraw()
  const sentences = errors.map(({ sentence }) => sentence).join(' ')
  return form ? withErrors(form, errors) : sentenceForm('Not possible', [sentences])
}

const notSent = 'That took too long, and nothing was sent. Please open the form again.'

/** A form that comes too late says at least what was wrong. */
const asMessage = ({ submit, notes }: FormView, answer: FormAnswer): MessageView => {
  if (answer.kind === 'errors') return bare([answer.errors.map(({ sentence }) => sentence).join(' ')])
  return bare(submit ? [notSent] : notes.flat())
}

/** The answer of a question that changes nothing, or `late` where Teams waits no longer. */
export const answerInTime = async (elapsed: number, late: Answer, answer: Promise<Answer>): Promise<Answer> => {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const timer = setTimeout(() => resolve(late), Math.max(0, deadline - elapsed))
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer))
}
