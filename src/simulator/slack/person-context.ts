import type { Answer } from './answers.ts'
import type { ButtonElement } from './block-kit-elements.ts'
import { type Chooser, createChooser } from './choosing.ts'
import type { SimulatedUser } from './people.ts'
import type { Simulation } from './simulation.ts'
import type { Reader } from './visible-text.ts'

/** One person in the simulation; each use looks the person up again, because tests change people. */
export type PersonContext = { simulation: Simulation; chooser: Chooser; user(): SimulatedUser; reader(): Reader }

/** The question that Slack asks before it sends the click; this person always agrees. */
export type AskedConfirm = { title: string; text: string; confirm: string; deny: string }

/** The result of a click. */
export type ClickAnswer = Answer & {
  /** The accepted dialog, when the button has one. */
  confirm: AskedConfirm | undefined
  /** The address of a link button; nothing opens it. */
  url: string | undefined
}

/** The texts of a button's confirm dialog, with Slack's defaults for missing ones. */
export function confirmOf({ confirm }: ButtonElement): AskedConfirm | undefined {
  if (confirm === undefined) return undefined
  return {
    title: confirm.title?.text ?? 'Are you sure?',
    text: confirm.text.text,
    confirm: confirm.confirm?.text ?? 'Yes',
    deny: confirm.deny?.text ?? 'Cancel',
  }
}

/** The context of a person; throws an Error when nobody has this id. */
export function createPersonContext(simulation: Simulation, userId: string): PersonContext {
  const user = () => {
    const found = simulation.workspace.users.get(userId)
    if (found === undefined) throw new Error(`nobody has the id ${userId}`)
    return found
  }
  user()
  return {
    simulation,
    chooser: createChooser(simulation, user),
    user,
    reader: () => ({
      workspace: simulation.workspace,
      timeZone: user().timeZone ?? 'UTC',
      nowSeconds: Math.floor(simulation.now() / 1000),
    }),
  }
}
