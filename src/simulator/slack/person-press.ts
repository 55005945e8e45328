import { until } from '../common/recorder.ts'
import type { ClickAnswer, PersonContext } from './person-context.ts'
import type { ModalHands, SubmitAnswer } from './person-modal.ts'
import type { SimulatedView } from './view-snapshot.ts'

/** The result of a press that opens a dialog. */
export type PressAnswer = ClickAnswer & {
  /** The dialog of the app as it was sent; undefined when the app answered privately instead. */
  asked: SimulatedView | undefined
  /** The result of its submission. */
  submitted: SubmitAnswer | undefined
}

/** The machine time that the app has to answer a press. */
const patienceMilliseconds = 10_000

/** The presses of one person, one after another. */
export function createPress({ simulation, user }: PersonContext, modal: ModalHands) {
  const me = user().id
  let line: Promise<unknown> = Promise.resolve()

  const whispers = () => simulation.workspace.messages.filter(({ ephemeralFor }) => ephemeralFor === me).length
  const press = async (click: () => Promise<ClickAnswer>): Promise<PressAnswer> => {
    const before = { view: modal.view()?.id, whispers: whispers() }
    const answer = await click()
    if (!answer.ok) return { ...answer, asked: undefined, submitted: undefined }
    const opened = () => {
      const view = modal.view()
      return view !== undefined && view.id !== before.view ? view : undefined
    }
    await until(
      simulation.recorder,
      () => opened() ?? whispers() > before.whispers,
      patienceMilliseconds,
      () => `${user().realName} pressed a button, and the app neither asked nor said anything`,
    )
    const asked = opened()
    return { ...answer, asked, submitted: asked?.submit === undefined ? undefined : await modal.submit() }
  }

  return (click: () => Promise<ClickAnswer>): Promise<PressAnswer> => {
    const mine = line.then(() => press(click))
    line = mine.catch(() => undefined)
    return mine
  }
}
