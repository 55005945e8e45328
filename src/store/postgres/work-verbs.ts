import type { Store } from '../../ports.ts'
import { askedBy } from './asked.ts'
import { insertCards } from './cards.ts'
import { write } from './commit.ts'
import type { Ways } from './connection.ts'
import { claimGrants, hasDueGrants, keepNames, nextDue, nextToTell, saveHandle } from './grants.ts'
import type { Holder } from './holder.ts'
import { keySubmission } from './idempotency.ts'
import { letAgain, linkBy, linksInUse, openLink, redeem, wasFetched } from './links.ts'
import { mint } from './mint.ts'
import { wasNamed } from './named-people.ts'
import { beginOutage, endOutage, outagesOf } from './outages.ts'
import { listGrants, listRequests, tally } from './overview.ts'
import { prune } from './pruning.ts'
import { requestQueries } from './requests.ts'
import { wrappingVerbs } from './wrappings.ts'

/** The store's verbs about requests, their grants and links, and the vaults that hold them. */
export const workVerbs = ({ queries, atomically, quietly, lightly }: Ways, holder: Holder) =>
  ({
    ...requestQueries(queries),
    commit: (change) => atomically((within) => write(within, change)),
    claimGrants: async (integration, now, lasting, limit) =>
      (await hasDueGrants(queries, holder, integration, now))
        ? quietly((within) => claimGrants(within, holder, integration, now, lasting, limit))
        : { claim: holder.claim(), things: [] },
    nextDue: (integrations) => nextDue(queries, integrations),
    nextToTell: () => nextToTell(queries),
    askedBy: (person, since) => askedBy(queries, person, since),
    keySubmission: (submission) => atomically((within) => keySubmission(within, submission)),
    wasNamed: (person) => wasNamed(queries, person),

    link: (by) => linkBy(queries, by),
    linksInUse: (grant) => linksInUse(queries, grant),
    wasFetched: (grant) => wasFetched(queries, grant),
    openLink: (link, audit) => atomically((within) => openLink(within, link, audit)),
    redeem: (hash, browser, now, audit = []) => atomically((within) => redeem(within, hash, browser, now, audit)),
    letAgain: (link, now) => atomically((within) => letAgain(within, link, now)),
    mint: (step) => atomically((within) => mint(within, step)),
    saveHandle: (...names) => atomically((within) => saveHandle(within, ...names)),
    keepNames: (grant, change) => atomically((within) => keepNames(within, grant, change)),
    ...wrappingVerbs(queries, atomically),

    outages: () => outagesOf(queries),
    beginOutage: (integration, trouble) => atomically((within) => beginOutage(within, integration, trouble)),
    endOutage: (integration, cards) =>
      atomically(async (within) => {
        const isOver = await endOutage(within, integration)
        if (isOver) await insertCards(within, cards)
        return isOver
      }),

    requests: (filter) => listRequests(queries, filter),
    grants: (filter) => listGrants(queries, filter),
    tally: (now, overdueBefore) => tally(queries, now, overdueBefore),
    prune: (now, before, limit) => lightly((within) => prune(within, now, before, limit)),
  }) satisfies Partial<Store>
