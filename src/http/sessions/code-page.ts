import { type Context, Hono } from 'hono'
import { byPerson } from '../../domain/audit-event.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { readCode } from '../../domain/terminal-sign-in.ts'
import { refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'
import type { Common, Env } from '../common.ts'
import { codePage, codeTerminalPage, terminalIsInPage } from '../pages/terminal-pages.ts'
import { personalPage, type Visit } from '../personal-pages.ts'
import type { SignInPage } from '../sign-in-page.ts'
import type { SessionParts } from './parts.ts'

/** One page for everybody, so its address holds no id. */
const only = 'type-the-code-of-a-terminal'

/** The short address that people type. */
export const codeRoute = (publicUrl: string): Hono<Env> =>
  new Hono<Env>().get('/', (context) => context.redirect(`${publicUrl}/fetch/code/${only}`, 303))

/** A person who has freshly signed in at the issuer types the code of a terminal without a browser here. */
export const codeRoutes = (common: Common, signIns: SignInPage, parts: SessionParts): Hono<Env> => {
  const refused = async (context: Context<Env>, { person, form, sent }: Visit, refusal: Refusal) => {
    await parts.recordRefusal(byPerson(person.id), refusal)
    const typed = { typed: sent.code ?? '', fault: plainText(refusalSentence(refusal)) }
    return context.html(codePage({ name: person.name, form, refused: typed }), 400)
  }
  return personalPage(common, signIns, {
    name: 'code',
    shape: new RegExp(`^${only}$`),
    needsFresh: true,
    enter: (_, identities) => parts.enter(identities),
    show: (context, { person, form }) => context.html(codePage({ name: person.name, form })),
    async press(context, visit) {
      const { person, form, sent, signedInAt } = visit
      const proof = { by: 'issuer', signedInAt } as const
      const { code: typed = '', permit } = sent
      const code = readCode(typed) ?? typed
      if (permit !== 'yes') {
        const found = await parts.terminals.look(code, person.id, proof)
        if (!found.ok) return refused(context, visit, found.refusal)
        const { label: host, address } = found.value
        return context.html(codeTerminalPage({ host, address, name: person.name, form, code }))
      }
      const permitted = await parts.terminals.permit(code, person.id, proof)
      if (!permitted.ok) return refused(context, visit, permitted.refusal)
      visit.forget()
      return context.html(terminalIsInPage)
    },
  })
}
