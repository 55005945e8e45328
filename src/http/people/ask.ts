import { Hono } from 'hono'
import { decodeForm } from '../../chat/conversation/codec.ts'
import type { FormView } from '../../views/view-model.ts'
import type { Env } from '../common.ts'
import { completed, type SentForm } from './form-data.ts'
import { sent, shown, type Turn } from './guard.ts'
import { type AskPage, askPage } from './pages/ask.ts'
import { refusedPage } from './pages/notices.ts'
import type { Site } from './site.ts'

/** The page on which people ask. Searching and choosing keep what was filled in, and file nothing. */
export const askRoutes = (site: Site): Hono<Env> =>
  new Hono<Env>()
    .get(
      '/ask',
      shown(site, async (turn) => {
        const text = (turn.context.req.query('text') ?? '').slice(0, 800)
        const { form, said } = await site.dialogues.type(turn.visit.person, `request ${text}`.trim())
        if (form) return shownForm(site, turn, { form }, '')
        return turn.show(refusedPage(turn.frame, said, site.ways.to('')), 403)
      }),
    )
    .post(
      '/ask',
      sent(site, (turn, form) => {
        // A decision has a page of its own, which checks how old the sign-in is.
        const isRequest = decodeForm(form.payload)?.command.form === 'request'
        if (!isRequest) return turn.show(refusedPage(turn.frame, undefined, site.ways.to('ask')), 404)
        return form.isSearch ? searched(site, turn, form) : filed(site, turn, form)
      }),
    )

const searched = async (site: Site, turn: Turn, { payload, fields, typed }: SentForm) => {
  const form = await site.dialogues.change(turn.visit.person, { payload, fields })
  return form ? shownForm(site, turn, { form }, typed) : turn.goTo(site.ways.to('ask'))
}

const filed = async (site: Site, turn: Turn, { payload, fields, typed }: SentForm) => {
  const { person } = turn.visit
  const drawn = await site.dialogues.change(person, { payload, fields })
  const {
    form = drawn,
    errors,
    said,
  } = await site.dialogues.send(person, {
    ...{ payload, fields: completed(drawn, fields) },
  })
  if (!errors && !said) {
    const command = decodeForm(payload)?.command
    const made = command?.form === 'request' ? await site.requestByDraft(command.draft) : undefined
    return turn.goTo(made ? `${site.ways.request(made.request.id)}?done=request` : site.ways.to(''))
  }
  return form
    ? shownForm(site, turn, { form, errors, said }, typed, 409)
    : turn.show(refusedPage(turn.frame, said, site.ways.to('ask')), 409)
}

type Content = Pick<AskPage, 'form' | 'errors' | 'said'>

/** Shows the dialog with the entries that its search finds; a dialog that asks for nothing has no search. */
export const shownForm = async (site: Site, turn: Turn, content: Content, typed: string, status: 200 | 409 = 200) => {
  const found = await foundIn(site, turn, content.form, typed)
  const { frame, visit, show } = turn
  return show(askPage({ ...content, frame, found, token: visit.token('ask') }), status)
}

const foundIn = async (site: Site, { visit }: Turn, form: FormView, typed: string) => {
  const scope = form.inputs.flatMap((input) => (input.kind === 'typeahead' ? [input.scope] : []))[0]
  return scope === undefined ? undefined : { typed, options: await site.dialogues.search(visit.person, scope, typed) }
}
