import { Hono } from 'hono'
import { decodeButton, decodeForm } from '../../chat/conversation/codec.ts'
import { grantId } from '../../domain/ids.ts'
import { seconds } from '../../domain/time.ts'
import type { ButtonCommand, FormCommand, FormView } from '../../views/view-model.ts'
import type { Env } from '../common.ts'
import { shownForm } from './ask.ts'
import { filledWith, type SentForm } from './form-data.ts'
import { sent, shown, type Turn } from './guard.ts'
import { dialoguePage } from './pages/dialogue.ts'
import { refusedPage } from './pages/notices.ts'
import type { Site } from './site.ts'

/**
 * An approval gives something, so a stolen cookie must not suffice: the person must have signed in within `send`. The
 * page asks for that earlier, so that nobody's note is lost.
 */
const fresh = { open: seconds(300), send: seconds(900) }

/** Buttons that change something at once, or that a page has no use for. */
const notHere: ReadonlySet<ButtonCommand['do']> = new Set(['get-link', 'ask-administrators', 'request'])

/** The dialogs behind the buttons of a request or an access. The address names the button. */
export const dialogueRoutes = (site: Site): Hono<Env> =>
  new Hono<Env>()
    .get(
      '/:kind{requests|grants|control-groups}/:id/:verb',
      shown(site, (turn) => opened(site, turn)),
    )
    .post(
      '/:kind{requests|grants|control-groups}/:id/:verb',
      sent(site, (turn, form) => done(site, turn, form)),
    )

const opened = async (site: Site, turn: Turn) => {
  const command = commandOf(turn)
  if (!command) return turn.show(refusedPage(turn.frame, undefined, site.ways.to('')), 404)
  if (command.do === 'approve' && !turn.visit.isFresh(fresh.open)) return site.leave(turn.context, turn.page)
  const { form, said } = await site.dialogues.press(turn.visit.person, command)
  if (!form) return turn.show(refusedPage(turn.frame, said, await backFrom(site, command)), 403)
  return form.submit?.command.form === 'request'
    ? shownForm(site, turn, { form }, '')
    : show(site, turn, command, { form })
}

const done = async (site: Site, turn: Turn, { payload, fields }: SentForm) => {
  const command = commandOf(turn)
  const sentCommand = decodeForm(payload)?.command
  // The hidden data must be of this page: its address alone decides what a sign-in must prove.
  const isThis = sentCommand && command && isSame(buttonOf(sentCommand), command)
  if (!isThis) return turn.show(refusedPage(turn.frame, undefined, site.ways.to('')), 404)
  if (command.do === 'approve' && !turn.visit.isFresh(fresh.send)) {
    const said = await turn.refused({ code: 'sign-in-too-old' }, { request: command.request })
    return turn.show(refusedPage(turn.frame, said, site.ways.to(turn.page)), 403)
  }
  const { errors, said, ...rest } = await site.dialogues.send(turn.visit.person, { payload, fields })
  if (!errors && !said) return turn.goTo(await doneAt(site, sentCommand, command))
  const back = await backFrom(site, command)
  const again = rest.form ?? (await site.dialogues.press(turn.visit.person, command)).form
  if (!again) return turn.show(refusedPage(turn.frame, said, back), 409)
  return show(site, turn, command, { form: filledWith(again, fields), errors, said }, 409)
}

type Content = Pick<Parameters<typeof dialoguePage>[0], 'errors' | 'said'> & { readonly form: FormView }

const show = async (site: Site, turn: Turn, command: ButtonCommand, content: Content, status: 200 | 409 = 200) => {
  const { frame, page, visit } = turn
  const plan = command.do === 'approve' ? await site.useCases.planOf(command.request, visit.person.id) : undefined
  const back = await backFrom(site, command)
  const action = site.ways.to(page)
  return turn.show(
    dialoguePage({ ...content, frame, action, back, token: visit.token(page), ...(plan?.ok && { plan: plan.value }) }),
    status,
  )
}

/** What the id in an address names. */
const subjects: Readonly<Record<string, string>> = { grants: 'grant', 'control-groups': 'controlGroup' }

const commandOf = ({ context }: Turn): ButtonCommand | undefined => {
  const { kind, id, verb } = context.req.param() as Record<string, string>
  const command = decodeButton({ do: verb, [subjects[kind ?? ''] ?? 'request']: id })?.command
  return command && !notHere.has(command.do) ? command : undefined
}

/** The button that opened a dialog. */
const buttonOf = (form: FormCommand): ButtonCommand => {
  if (form.form === 'confirm') return form.change
  if (form.form === 'deny-control-group') return { do: form.form, controlGroup: form.controlGroup }
  return form.form === 'extend' ? { do: 'extend', grant: form.grant } : { do: 'request' }
}

/** The page that shows the result: of more time, the new request. */
const doneAt = async (site: Site, form: FormCommand, command: ButtonCommand): Promise<string> => {
  const made = 'draft' in form ? await site.requestByDraft(form.draft) : undefined
  return made
    ? `${site.ways.request(made.request.id)}?done=request`
    : `${await backFrom(site, command)}?done=${command.do}`
}

/** Who revokes their own access gives it back. */
const isEnd = ({ do: verb }: ButtonCommand): boolean => verb === 'revoke' || verb === 'give-back'

const isSame = (one: ButtonCommand, other: ButtonCommand): boolean =>
  subjectOf(one) === subjectOf(other) && (one.do === other.do || (isEnd(one) && isEnd(other)))

const subjectOf = (command: ButtonCommand): string | undefined => {
  if ('request' in command) return command.request
  if ('controlGroup' in command) return command.controlGroup
  return 'grant' in command ? command.grant : undefined
}

/** The page of the request. Whoever may not see it learns that there. */
const backFrom = async (site: Site, command: ButtonCommand): Promise<string> => {
  if ('request' in command) return site.ways.request(command.request)
  if ('controlGroup' in command) return site.ways.to(`control-groups/${command.controlGroup}`)
  const loaded = 'grant' in command ? await site.requestOfGrant(grantId(command.grant)) : undefined
  return loaded ? site.ways.request(loaded.request.id) : site.ways.to('')
}
