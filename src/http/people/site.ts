import { type Context, Hono } from 'hono'
import type { BrowserSessions } from '../../app/browser-sessions.ts'
import type { ShownRequest } from '../../app/show-request.ts'
import type { UseCases } from '../../app/use-cases.ts'
import type { GrantId, PersonId, RequestId } from '../../domain/ids.ts'
import type { Outcome } from '../../domain/refusal.ts'
import type { Clock, Loaded, Person } from '../../ports.ts'
import type { NameOf } from '../../views/copy-states.ts'
import type { Common, Env } from '../common.ts'
import type { Door } from '../door.ts'
import type { SignInPage } from '../sign-in-page.ts'
import { askRoutes } from './ask.ts'
import { controlGroupRoutes } from './control-groups.ts'
import { dialogueRoutes } from './dialogue-routes.ts'
import type { Dialogues } from './dialogues.ts'
import { listRoutes } from './lists.ts'
import { type OperatorsHere, operatorRoutes } from './operators.ts'
import { type Ways, waysAt } from './pages/ways.ts'
import { sessionRoutes } from './session-routes.ts'
import { newVisits, type Visits } from './visits.ts'

/** What the pages for people do, besides the dialogues. */
export type PeopleOptions = {
  readonly dialogues: Dialogues
  readonly sessions: BrowserSessions
  readonly useCases: Pick<
    UseCases,
    'accessOf' | 'controlGroups' | 'decisionsFor' | 'recordRefusal' | 'planOf' | 'mayAskFor'
  >
  readonly nameOf: NameOf
  readonly operators: OperatorsHere
  showRequest(id: RequestId, by: PersonId): Promise<Outcome<ShownRequest>>
  /** The person's requests: pending and live ones, then the latest others up to `limit`. */
  requestsOf(person: PersonId, limit: number): Promise<readonly Loaded[]>
  requestOfGrant(id: GrantId): Promise<Loaded | undefined>
  requestByDraft(draft: string): Promise<Loaded | undefined>
}

/** What the routes share. */
export type Site = PeopleOptions & {
  readonly ways: Ways
  readonly visits: Visits
  readonly clock: Pick<Clock, 'now'>
  /** Sends the browser to the issuer, and back to the page. */
  leave(context: Context<Env>, page: string): Response | Promise<Response>
}

/** A page of ours that a sign-in may come back to. No other address gets through. */
const ownPage = /^(?:[\w-]+(?:\/[\w-]+)*)?(?:\?[\w=&%.~+*-]*)?$/
const longestPage = 600

/** Makes these pages; its modules are loaded only where people sign in. */
export type PeopleSite = (common: Common, signIns: SignInPage, publicUrl: string) => Hono<Env>

/** The pages on which people ask, decide and end without a chat. Everything but the way in needs a session. */
export const peopleRoutes = (
  { browsers, isBusy, unusable, clock }: Common,
  signIns: SignInPage,
  publicUrl: string,
  options: PeopleOptions,
): Hono<Env> => {
  const ways = waysAt(publicUrl)
  const visits = newVisits({ publicUrl, sessions: options.sessions, clock })
  const doorTo = (id: string): Door => ({
    ...{ page: `people/${id}`, path: `people/${id}`, isPersonal: true, href: ways.to(`sign-in/${id}`) },
    confirm: options.sessions.enter,
    async arrive(context: Context, person: Person) {
      await visits.signIn(context, person)
      return ways.to(pageIn(id) ?? '')
    },
  })
  signIns.opens('people', doorTo)
  const leave = (context: Context<Env>, page: string) =>
    context.redirect(ways.to(`sign-in/${ownPage.test(page) ? idOf(page) : idOf('')}`), 303)
  const site: Site = { ...options, ways, visits, clock, leave }

  return new Hono<Env>()
    .get('/sign-in/:id', (context) => {
      const id = context.req.param('id')
      if (pageIn(id) === undefined) return unusable(context)
      const door = doorTo(id)
      if (isBusy(context)) return signIns.ask(context, door)
      return signIns.start(context, browsers.welcome(context), door, 'remembered')
    })
    .post('/sign-in/:id', async (context) => {
      const id = context.req.param('id')
      const fields = new URLSearchParams(await context.req.text())
      if (pageIn(id) === undefined) return unusable(context)
      const door = doorTo(id)
      const browser = browsers.sender(context, door.page, fields.get('form') ?? undefined)
      if (browser === undefined) return leave(context, pageIn(id) ?? '')
      return signIns.start(context, browser, door, fields.has('anew') ? 'other-account' : 'remembered')
    })
    .route('/', sessionRoutes(site))
    .route('/', operatorRoutes(site))
    .route('/', askRoutes(site))
    .route('/', dialogueRoutes(site))
    .route('/', controlGroupRoutes(site))
    .route('/', listRoutes(site))
}

/** The page as a part of an address and of a sign-in's state. */
const idOf = (page: string): string => `p${Buffer.from(page).toString('base64url')}`

const pageIn = (id: string): string | undefined => {
  if (!/^p[\w-]*$/.test(id) || id.length > longestPage) return undefined
  const page = Buffer.from(id.slice(1), 'base64url').toString()
  return ownPage.test(page) ? page : undefined
}
