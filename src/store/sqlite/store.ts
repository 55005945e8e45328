import { join } from 'node:path'
import { timestamp } from '../../domain/time.ts'
import type { Opening, Store } from '../../ports.ts'
import { inMemory } from '../address.ts'
import { eachVerb } from '../each-verb.ts'
import type { Gate } from '../gate.ts'
import { accountsAt, claimAccount, forgetAccount, isHeld, releaseAccount } from './accounts.ts'
import { askedBy } from './asked.ts'
import { appendAudit, moveAuditCursor, readingAudit } from './audit.ts'
import { cardsOf, claimCards, findCard, insertCards, nextCard, recordCard, retryRefused, unheard } from './cards.ts'
import { hasResources, resourceById } from './catalogue.ts'
import { changes } from './changes.ts'
import { channelReach, noteReach } from './channels.ts'
import { write } from './commit.ts'
import { noteConfiguration } from './configuration.ts'
import { atomically, neverWait, openConnection, type Queries, withDrizzle } from './connection.ts'
import { controlGroupVerbs } from './control-groups.ts'
import { findConversation, hasConversation, saveConversation } from './conversations.ts'
import { eraseWords } from './erasure.ts'
import { resourcesIn } from './find-resources.ts'
import { firstSight } from './first-sight.ts'
import { claimGrants, keepNames, nextDue, nextToTell, saveHandle } from './grants.ts'
import { groupCommit } from './group-commit.ts'
import { type Holder, newHolder } from './holder.ts'
import { isWelcomed, nextHome, openHome, recordHome, staleHomes, welcome } from './homes.ts'
import { keySubmission } from './idempotency.ts'
import { instanceOf } from './instance.ts'
import { introduce, introducedAt } from './introductions.ts'
import { endLease, lease, leave, releaseAll, releaseClaims, stayAlive } from './leases.ts'
import { letAgain, linkBy, linksInUse, mint, openLink, redeem, wasFetched } from './links.ts'
import { saveLooks } from './looks.ts'
import { migrate } from './migrate.ts'
import { wasNamed } from './named-people.ts'
import { beginOutage, endOutage, outagesOf } from './outages.ts'
import { listGrants, listRequests, tally } from './overview.ts'
import { awayAt, closePass, discoveryProgress, foldersAhead, openPass, saveAway } from './passes.ts'
import { prune } from './pruning.ts'
import { receiptVerbs } from './receipts.ts'
import { hasOldRefusals, recordRefusal, settleRefusals } from './refusals.ts'
import { remoteConnectorVerbs } from './remote-connectors.ts'
import { keptRequests } from './requests.ts'
import { resourcesAt } from './resource-page.ts'
import { rotationVerbs } from './rotations.ts'
import { type Searching, searching } from './searching.ts'
import { sessionVerbs } from './session-verbs.ts'
import { stuckLeaseVerbs } from './stuck-leases.ts'
import { saveTags, staleTags } from './tags.ts'
import { usualResources } from './usual-resources.ts'
import { whileUnchanged } from './while-unchanged.ts'
import { wrappingVerbs } from './wrappings.ts'
import { writeGate } from './write-gate.ts'

export type SqliteOptions = Opening & {
  /** The path of the database, or `:memory:`. */
  readonly file: string
  /** The folder of the numbered SQL files. */
  readonly migrations?: string
  /** Lets other processes open the file too, in tests: nothing keeps them away, and none is taken for dead. */
  readonly isShared?: boolean
  /** From so many resources on, searches have a thread of their own. */
  readonly searchThreadFrom?: number
}

const shipped = join(import.meta.dirname, '../../../migrations')

/** Opens the embedded store and migrates its file; refuses while another process has it. */
export const openSqliteStore = async (options: SqliteOptions): Promise<Store> => {
  const { file, now, migrations = shipped, isShared = false } = options
  const { connection, close } = openConnection(file, isShared)
  const queries = withDrizzle(connection)
  const gate = writeGate(queries, options.onBlocked)
  try {
    migrate(connection, migrations, now ?? (() => timestamp(Date.now())))
    neverWait(connection)
    // The lock on the file proves that every former holder is dead.
    if (!isShared) await gate.run(() => releaseAll(queries))
    return storeOver(queries, gate, { ...options, close })
  } catch (error) {
    gate.close()
    close()
    throw error
  }
}

type Over = Omit<SqliteOptions, 'file'> & { readonly file?: string; readonly close: () => void }

/** The store over an open, migrated database. Writes that wait for the disk wait together; the others run at once. */
export const storeOver = (
  queries: Queries,
  gate: Gate,
  { newId, now, file = inMemory, searchThreadFrom, close }: Over,
): Store => {
  const holder = newHolder(queries, newId(), now)
  const { close: endSearches, ...searches } = searching(queries, file, searchThreadFrom)
  const verbs = verbsOver(queries, newId, gate, { holder, searches })
  // Each verb is one transaction or repeatable. A verb that met another process's lock runs again when it is free.
  let isOpen = true
  return {
    ...eachVerb(verbs, gate.run),
    blockedSince: gate.blockedSince,
    changes: (signal) => changes(queries, signal),
    close: async () => {
      if (isOpen) leave(queries, holder)
      isOpen = false
      gate.close()
      await endSearches()
      close()
    },
  }
}

const verbsOver = (
  queries: Queries,
  newId: () => string,
  gate: Gate,
  { holder, searches }: { readonly holder: Holder; readonly searches: Omit<Searching, 'close'> },
): Omit<Store, 'close' | 'blockedSince' | 'changes' | 'server'> => {
  const unchanged = whileUnchanged(queries)
  const requests = keptRequests(queries, unchanged.keep)
  const together = groupCommit(queries, gate)
  const isFirst = firstSight(queries, gate, unchanged.apart)
  return {
    instance: async () => instanceOf(queries, newId),
    request: async (id) => requests.request(id),
    requestByDraft: async (draft) => requests.requestByDraft(draft),
    requestOfGrant: async (id) => requests.requestOfGrant(id),
    extensionsOf: async (id) => requests.extensionsOf(id),
    requestsOf: async (person, limit) => requests.requestsOf(person, limit),
    requestsFor: async (...resources) => requests.requestsFor(...resources),
    requestsAsking: async (...asked) => requests.requestsAsking(...asked),
    liveAt: async (integration) => requests.liveAt(integration),
    unexplained: async (integration, code) => requests.unexplained(integration, code),
    overdue: async (integration, now) => requests.overdue(integration, now),
    toTell: async (now) => requests.toTell(now),
    nextToTell: async () => nextToTell(queries),
    pendingPast: async (now) => requests.pendingPast(now),
    commit: (change) => together((within) => write(within, change)),
    claimGrants: async (...claim) => claimGrants(queries, holder, ...claim),
    nextDue: async (integrations) => nextDue(queries, integrations),
    claimAccount: async (...claim) => claimAccount(queries, holder, ...claim),
    releaseAccount: async (held) => releaseAccount(queries, held),
    forgetAccount: async (of) => forgetAccount(queries, of),
    accounts: async (integration) => accountsAt(queries, integration),
    isHeld: async (held) => isHeld(queries, held),
    link: async (by) => linkBy(queries, by),
    linksInUse: async (grant) => linksInUse(queries, grant),
    wasFetched: async (grant) => wasFetched(queries, grant),
    openLink: (link, audit) => together((within) => openLink(within, link, audit)),
    redeem: async (hash, browser, now, audit = []) => redeem(queries, hash, browser, now, audit),
    letAgain: async (link, now) => letAgain(queries, link, now),
    mint: (step) => together((within) => mint(within, step)),
    saveHandle: async (grant, handle, held) =>
      atomically(queries, (within) => {
        if (held && !isHeld(within, held)) return false
        saveHandle(within, grant, handle)
        return true
      }),
    noteConfiguration: async (now, event) => atomically(queries, (within) => noteConfiguration(within, now, event)),
    eraseWords: async (...asked) => eraseWords(queries, ...asked),
    keepNames: async (grant, change) => atomically(queries, (within) => keepNames(within, grant, change)),

    addCards: (cards) => together((within) => insertCards(within, cards)),
    nextCard: async (platform) => nextCard(queries, platform),
    claimCards: async (...claim) => claimCards(queries, holder, ...claim),
    cardsOf: async (request) => cardsOf(queries, request),
    askedBy: async (person, since) => askedBy(queries, person, since),
    recordRefusal: async (event, cap) => void (await together((within) => recordRefusal(within, event, cap))),
    settleRefusals: async (before) => {
      if (hasOldRefusals(queries, before)) await together((within) => settleRefusals(within, before))
    },
    retryRefused: async () => retryRefused(queries),
    unheard: async () => unheard(queries),
    card: async (id) => findCard(queries, id),
    channelReach: async (channel) => channelReach(queries, channel),
    noteReach: (...noted) => together((within) => noteReach(within, ...noted)),
    conversation: async (of) => findConversation(queries, of),
    saveConversation: async (of, reference) =>
      !hasConversation(queries, of, reference) && together((within) => saveConversation(within, of, reference)),
    openHome: (...opened) => together((within) => openHome(within, ...opened)),
    staleHomes: async (...wanted) => staleHomes(queries, ...wanted),
    nextHome: async (...wanted) => nextHome(queries, ...wanted),
    recordHome: (...outcome) => together((within) => recordHome(within, ...outcome)),
    isWelcomed: async (person) => isWelcomed(queries, person),
    welcome: async (person, now, cards) =>
      !isWelcomed(queries, person) && together((within) => welcome(within, person, now, cards)),
    recordCard: (...outcome) => together((within) => recordCard(within, holder, ...outcome)),

    openPass: async (integration, opening) => openPass(queries, integration, opening),
    foldersAhead: async (pass, limit) => foldersAhead(queries, pass, limit),
    saveLooks: (...looks) => saveLooks(queries, newId, ...looks),
    closePass: async (...closing) => closePass(queries, ...closing),
    awayAt: async (integration) => awayAt(queries, integration),
    saveAway: (integration, away, cards) =>
      together((within) => {
        saveAway(within, integration, away)
        insertCards(within, cards)
      }),
    keySubmission: (submission) => together((within) => keySubmission(within, submission)),
    introducedAt: async (...asked) => introducedAt(queries, ...asked),
    introduce: (...asked) => together((within) => introduce(within, ...asked)),
    wasNamed: async (person) => wasNamed(queries, person),
    hasResources: async (integration) => hasResources(queries, integration),
    discoveryProgress: async (integration) => discoveryProgress(queries, integration),
    staleTags: async (...wanted) => staleTags(queries, ...wanted),
    saveTags: async (tags, now) => saveTags(queries, tags, now),
    resource: async (id) => resourceById(queries, id),
    resourcesAt: async (...at) => resourcesAt(queries, ...at),
    ...searches,
    resourcesIn: async (...query) => resourcesIn(queries, ...query),
    usualResources: async (...of) => usualResources(queries, ...of),
    audit: (events, cards = []) =>
      together((within) => {
        appendAudit(within, events)
        insertCards(within, cards)
      }),
    ...readingAudit(queries),
    moveAuditCursor: (...move) => together((within) => moveAuditCursor(within, ...move)),

    outages: async () => outagesOf(queries),
    beginOutage: (integration, trouble) => together((within) => beginOutage(within, integration, trouble)),
    endOutage: (integration, cards) =>
      together((within) => {
        const isOver = endOutage(within, integration)
        if (isOver) insertCards(within, cards)
        return isOver
      }),
    ...sessionVerbs(queries, together),
    ...receiptVerbs(queries, together),
    ...remoteConnectorVerbs(queries, together),
    ...stuckLeaseVerbs(queries, together),
    ...rotationVerbs(queries, together),
    ...wrappingVerbs(queries, together),
    ...controlGroupVerbs(queries, together),

    requests: async (filter) => listRequests(queries, filter),
    grants: async (filter) => listGrants(queries, filter),
    tally: async (now, overdueBefore) => tally(queries, now, overdueBefore),
    stayAlive: async (lasting) => stayAlive(queries, holder, lasting),
    lease: async (name, lasting) => lease(queries, holder, name, lasting),
    endLease: async (name) => endLease(queries, holder, name),
    releaseClaims: async () => releaseClaims(queries, holder),
    prune: async (now, before, limit) => prune(queries, now, before, limit),
    isFirstSight: isFirst,
  }
}
