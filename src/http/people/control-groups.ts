import { Hono } from 'hono'
import { controlGroupCard } from '../../views/control-groups.ts'
import type { Env } from '../common.ts'
import { sent, shown, type Turn } from './guard.ts'
import { controlGroupPage, controlGroupsPage } from './pages/control-groups.ts'
import { refusedPage } from './pages/notices.ts'
import type { Site } from './site.ts'

/** The pages about control groups of the vaults. The dialogs behind their buttons are those of chat. */
export const controlGroupRoutes = (site: Site): Hono<Env> => {
  const { useCases, nameOf, clock, ways } = site
  const context = () => ({ now: clock.now(), nameOf })
  const listed = async ({ visit, frame, page, show }: Turn, said?: Parameters<typeof controlGroupsPage>[0]['said']) =>
    show(
      controlGroupsPage({
        ...{ frame, said, action: ways.to('control-groups'), token: visit.token(page) },
        ...{ all: await useCases.controlGroups.list(visit.person.id), ...context() },
      }),
    )
  return new Hono<Env>()
    .get(
      '/control-groups',
      shown(site, (turn) => listed(turn)),
    )
    .post(
      '/control-groups',
      sent(site, async (turn, { typed }) => {
        const { said } = await site.dialogues.type(turn.visit.person, `control-group ${typed}`)
        return listed(turn, said)
      }),
    )
    .get(
      '/control-groups/:id',
      shown(site, async (turn) => {
        const { visit, frame, show } = turn
        const found = await useCases.controlGroups.show(turn.context.req.param('id') ?? '', visit.person.id)
        if (!found.ok)
          return show(refusedPage(frame, await turn.refused(found.refusal), ways.to('control-groups')), 404)
        const as = found.value.mayDecide ? 'decider' : 'asker'
        const { page: _, ...shownHere } = found.value
        return show(
          controlGroupPage({
            frame,
            view: controlGroupCard(as, shownHere, context()),
            back: ways.to('control-groups'),
          }),
        )
      }),
    )
}
