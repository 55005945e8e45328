import { ExternalError } from '../../ports.ts'
import type { FormView } from '../../views/view-model.ts'
import { decodeForm } from '../conversation/codec.ts'
import type { Replace } from '../conversation/port.ts'
import type { SlackContext } from './context.ts'
import { calling } from './errors.ts'
import type { Origin, ViewPayload } from './payload.ts'
import { toModal } from './render-form.ts'

/** Opens a dialog for the press or command of the trigger, which is valid for three seconds. */
export const openDialog = async (context: SlackContext, origin: Origin, form: FormView): Promise<Replace> => {
  const view = toModal(form, context.tenant(), origin.conversation)
  const { hasty } = context.clients
  const opened = await calling('views.open', () => hasty.views.open({ trigger_id: origin.trigger, view }))
  const id = opened.view?.id
  return async (next) => {
    if (id) await update(context, { id }, next)
  }
}

/** A newer choice is on its way, or the person has sent or closed the dialog. */
const over = ['hash_conflict', 'not_found']

/** Replaces the content of an open dialog, unless the dialog has changed or is gone. */
export const replaceDialog = async (context: SlackContext, view: ViewPayload, form: FormView): Promise<void> => {
  try {
    await update(context, view, form, decodeForm(view.private_metadata)?.conversation)
  } catch (error) {
    if (!(error instanceof ExternalError && over.includes(error.code))) throw error
  }
}

/** Replaces a dialog whatever it shows now; returns whether it is still open. */
export const settleDialog = async (context: SlackContext, view: ViewPayload, form: FormView): Promise<boolean> => {
  try {
    await update(context, { id: view.id }, form, decodeForm(view.private_metadata)?.conversation)
    return true
  } catch (error) {
    if (error instanceof ExternalError && over.includes(error.code)) return false
    throw error
  }
}

const update = async (
  { clients, tenant }: SlackContext,
  { id, hash }: { readonly id: string; readonly hash?: string | undefined },
  form: FormView,
  conversation?: string,
): Promise<void> => {
  const view = toModal(form, tenant(), conversation)
  await calling('views.update', () => clients.hasty.views.update({ view_id: id, ...(hash && { hash }), view }))
}
