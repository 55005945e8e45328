import { z } from 'zod'
import type { Home } from '../../ports.ts'
import type { HomeView } from '../../views/view-model.ts'
import { newSeals } from '../conversation/seals.ts'
import type { SlackContext } from './context.ts'
import { calling, writingTo } from './errors.ts'
import type { Origin } from './payload.ts'
import { toHome } from './render.ts'
import { sealingSecret, shortcutHelp } from './settings.ts'

/** The App Home of each person. Its buttons carry the seal of that person's lists. */
export const slackHome = (context: SlackContext): Home => {
  const { settings, clock } = context
  const seals = newSeals(sealingSecret(settings), clock)
  return {
    command: settings.command,
    shortcut: shortcutHelp,
    show: (identity, view) => publish(context, identity.subject, { ...view, origin: { list: seals.seal(identity) } }),
  }
}

/** Shows a person's App Home; an app whose Home tab is off refuses it. */
export const publish = ({ clients, tenant }: SlackContext, user: string, view: HomeView): Promise<void> =>
  writingTo('account', async () => {
    const published = { user_id: user, view: toHome(view, tenant()) }
    await calling('views.publish', () => clients.patient.views.publish(published))
  })

const Opened = z.object({
  team_id: z.string().min(1),
  authorizations: z.array(z.object({ enterprise_id: z.string().nullish() })).default([]),
  event: z.object({ type: z.literal('app_home_opened'), user: z.string().min(1), tab: z.string() }),
})

/** Who opened which tab of the app; `undefined` for the conversation, which needs no answer. */
export const readOpened = (body: unknown): Origin | undefined => {
  const { team_id: team, authorizations, event } = Opened.parse(body)
  if (event.tab !== 'home') return undefined
  const nowhere = { home: undefined, conversation: undefined, trigger: '' }
  const enterprise = authorizations[0]?.enterprise_id ?? undefined
  return { team, enterprise, user: event.user, ...nowhere }
}
