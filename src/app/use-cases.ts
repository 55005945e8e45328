import type { Identity } from '../domain/card.ts'
import type { IntegrationId, PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Resource } from '../domain/resource.ts'
import type { Person } from '../ports.ts'
import type { IntegrationStatus } from '../views/lists.ts'
import { askAdministrators, askedAdministrators, requesterGroups } from './ask-administrators.ts'
import { awaitEnd } from './await-end.ts'
import type { Bell } from './bell.ts'
import { cancelRequest, mayCancel } from './cancel-request.ts'
import { cardView } from './card-view.ts'
import { caveatsOf } from './caveats.ts'
import { checkPress } from './check-press.ts'
import { foldersToAsk } from './check-wish.ts'
import { controlGroupUseCases } from './control-groups.ts'
import { decideRequest, mayApproveFor, mayDecide } from './decide-request.ts'
import { decisionsFor } from './decisions-for.ts'
import type { Deps } from './deps.ts'
import { explainAlarm, mayExplain } from './explain-alarm.ts'
import { extendGrant } from './extend-grant.ts'
import { formerHolder } from './former-holder.ts'
import type { Health } from './health.ts'
import { keepConversation } from './keep-conversation.ts'
import { isKeyTaken } from './key-taken.ts'
import { lendsFor } from './lent.ts'
import {
  accessOf,
  concernedIn,
  decidersOf,
  examplePath,
  findResource,
  mayAskFor,
  offering,
  searchResources,
  similarResources,
  usualResources,
} from './list-access.ts'
import { mayExtend } from './may-extend.ts'
import { openFetchLink } from './open-fetch-link.ts'
import { openHome, skipWelcome, welcome } from './open-home.ts'
import { outlastingBy } from './outlasting.ts'
import { linkMakerOf, webPagesOf } from './page-addresses.ts'
import { recordRefusal } from './record-refusal.ts'
import { mayRemind, remindOwners } from './remind-owners.ts'
import { mayEnd, revokeGrant } from './revoke-grant.ts'
import { showItems, showPolicy } from './show-policy.ts'
import { type TerminalSignIns, terminalSignIns } from './sign-in-terminal.ts'
import { smallerFolders } from './smaller-folders.ts'
import { submitRequest } from './submit-request.ts'
import { newTrials, type Trials } from './trials.ts'
import { whoHas } from './who.ts'
import { wishAgain } from './wish-again.ts'

/** Everything that chat can request, with its dependencies bound. */
export type UseCases = ReturnType<typeof useCases>

export const useCases = (
  deps: Deps,
  health: Health,
  bell: Pick<Bell, 'listen'>,
  trials: Pick<Trials, 'answer'> = newTrials(deps),
  terminals: TerminalSignIns = terminalSignIns(deps),
) => ({
  /** The terminal that shows a code, and the permission for it to sign the person in. */
  terminal: terminals.look,
  permitTerminal: terminals.permit,
  signsTerminalsIn: !deps.settings.hasIssuer,
  answerTrial: trials.answer,
  submitRequest: submitRequest(deps),
  extendGrant: extendGrant(deps),
  foldersToAsk: foldersToAsk(deps),
  decideRequest: decideRequest(deps),
  cancelRequest: cancelRequest(deps),
  remindOwners: remindOwners(deps),
  requesterGroups: requesterGroups(deps),
  isKeyTaken: isKeyTaken(deps),
  askedAdministrators: askedAdministrators(deps),
  askAdministrators: askAdministrators(deps),
  revokeGrant: revokeGrant(deps),
  openFetchLink: openFetchLink(deps),
  explainAlarm: explainAlarm(deps),
  mayExplain: mayExplain(deps),
  /** Whether each change is possible now, so that nobody confirms an impossible one. */
  mayDecide: mayDecide(deps),
  mayApproveFor: mayApproveFor(deps),
  mayCancel: mayCancel(deps),
  mayRemind: mayRemind(deps),
  mayEnd: mayEnd(deps),
  mayExtend: mayExtend(deps),
  controlGroups: controlGroupUseCases(deps),
  provedEnd: awaitEnd(deps, bell),
  checkPress: checkPress(deps),
  cardView: cardView(deps),
  mayAskFor: mayAskFor(deps),
  searchResources: searchResources(deps),
  wishAgain: wishAgain(deps),
  /** The page that makes links to a filled request form. */
  linkMaker: linkMakerOf(deps.settings),
  /** The pages on which people do without a chat. */
  webPages: webPagesOf(deps.settings),
  similarResources: similarResources(deps),
  usualResources: usualResources(deps),
  examplePath: examplePath(deps),
  decidersOf: decidersOf(deps),
  lendsFor: lendsFor(deps),
  offering: offering(deps),
  /** What workloads may get there; absent: only people. */
  workloads: (id: IntegrationId) => deps.integrations.get(id)?.connector.workloads,
  resource: findResource(deps),
  smallerFolders: smallerFolders(deps),
  /** What makes a resource hardly useful now. It asks the vault, so call it only after an acknowledgement. */
  caveats: (resource: Resource) => caveatsOf(deps)(resource.integration, resource),
  /** What outlasts an access to a resource, by permission. */
  outlastingBy: outlastingBy(deps),
  accessOf: accessOf(deps),
  decisionsFor: decisionsFor(deps),
  whoHas: whoHas(deps),
  planOf: showPolicy(deps),
  itemsOf: showItems(deps),
  /** The state of each vault of the person, from the last calls to it. */
  status: (by: PersonId): Promise<readonly IntegrationStatus[]> =>
    Promise.all(
      concernedIn(deps, by).map(async (integration) => {
        const trouble = health.trouble(integration.id)
        const away = await deps.store.awayAt(integration.id)
        return { integration, healthy: !trouble, away, ...(trouble && { trouble, next: trouble.next }) }
      }),
    ),
  /** The person of a platform user; never a guess. */
  identify: (identity: Identity): Outcome<Person> => {
    const person = deps.directory.person(identity)
    return person ? accept(person) : refuse({ code: 'unknown-person', ...identity })
  },
  formerHolder: formerHolder(deps),
  keepConversation: keepConversation(deps),
  openHome: openHome(deps),
  welcome: welcome(deps),
  skipWelcome: skipWelcome(deps),
  /** Audits a refusal that an actor saw. */
  recordRefusal: recordRefusal(deps),
})
