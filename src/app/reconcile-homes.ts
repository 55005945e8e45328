import type { StaleHome } from '../domain/home-memory.ts'
import { after, seconds, type Timestamp } from '../domain/time.ts'
import { type ChatPlatform, ExternalError, type Home } from '../ports.ts'
import { homeView, strangerHome } from '../views/home.ts'
import type { HomeView } from '../views/view-model.ts'
import { decisionsFor } from './decisions-for.ts'
import { type Deps, nameOf } from './deps.ts'
import { accessOf, examplePath, mayAskFor } from './list-access.ts'
import { latelySince } from './open-home.ts'
import { linkMakerOf, webPagesOf } from './page-addresses.ts'

const atOnce = 20
const again = seconds(10)

/** Makes the homes that people have opened lately match the rows, and says when the next one is due. */
export const reconcileHomes = (deps: Deps, { name }: Pick<ChatPlatform, 'name'>, home: Home) => ({
  job: async (wake: () => void): Promise<void> => {
    const now = deps.clock.now()
    const stale = await deps.store.staleHomes(name, latelySince(now), now, atOnce)
    await Promise.all(stale.map((one) => show(deps, home, one)))
    if (stale.length === atOnce) wake()
  },
  next: (): Promise<Timestamp | undefined> => deps.store.nextHome(name, latelySince(deps.clock.now())),
})

const show = async (deps: Deps, home: Home, { identity, wanted }: StaleHome): Promise<void> => {
  const { store, clock, log } = deps
  try {
    await home.show(identity, await viewOf(deps, home, identity))
    await store.recordHome(identity, { kind: 'shown', wanted })
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, 'a home could not be shown')
    // What is refused for good is tried again when the person opens it.
    const retryAt = after(clock.now(), error.retryAfter ? seconds(error.retryAfter / 1000) : again)
    await store.recordHome(identity, error.transient ? { kind: 'failed', retryAt } : { kind: 'gone' })
  }
}

/** Read after the change was counted, so that a later change makes the home stale again. */
const viewOf = async (deps: Deps, home: Home, identity: StaleHome['identity']): Promise<HomeView> => {
  const person = deps.directory.person(identity)
  if (!person) return strangerHome(identity, home.command)
  const [first] = mayAskFor(deps)(person.id)
  return homeView({
    now: deps.clock.now(),
    nameOf: nameOf(deps),
    command: home.command,
    shortcut: home.shortcut,
    linkMaker: linkMakerOf(deps.settings),
    webPages: webPagesOf(deps.settings),
    example: first && (await examplePath(deps)(person.id, first.id)),
    mayRequest: first !== undefined,
    waiting: await decisionsFor(deps)(person.id),
    own: await accessOf(deps)(person.id),
  })
}
