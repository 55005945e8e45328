import type { Store } from '../../ports.ts'
import { insertCards } from './cards.ts'
import { hasResources, resourceById } from './catalogue.ts'
import { noteConfiguration } from './configuration.ts'
import type { Ways } from './connection.ts'
import { controlGroupVerbs } from './control-groups.ts'
import { findResources, resourcesIn } from './find-resources.ts'
import { findSimilar } from './find-similar.ts'
import { saveLooks } from './looks.ts'
import { awayAt, closePass, discoveryProgress, foldersAhead, openPass, saveAway } from './passes.ts'
import { receiptVerbs } from './receipts.ts'
import { remoteConnectorVerbs } from './remote-connectors.ts'
import { resourcePage, resourcesAt } from './resource-page.ts'
import { rotationVerbs } from './rotations.ts'
import { sessionVerbs } from './session-verbs.ts'
import { stuckLeaseVerbs } from './stuck-leases.ts'
import { saveTags, staleTags } from './tags.ts'
import { usualResources } from './usual-resources.ts'

/** The store's verbs about what can be asked for, and how it is found. */
export const catalogueVerbs = ({ queries, atomically, lightly }: Ways, newId: () => string) =>
  ({
    openPass: (...opened) => lightly((within) => openPass(within, ...opened)),
    foldersAhead: (pass, limit) => foldersAhead(queries, pass, limit),
    saveLooks: (...looks) => saveLooks(lightly, newId, ...looks),
    closePass: (...closing) => lightly((within) => closePass(within, ...closing)),
    awayAt: (integration) => awayAt(queries, integration),
    saveAway: (integration, away, cards) =>
      atomically(async (within) => {
        await saveAway(within, integration, away)
        await insertCards(within, cards)
      }),
    discoveryProgress: (integration) => discoveryProgress(queries, integration),
    staleTags: (...wanted) => staleTags(queries, ...wanted),
    saveTags: (tags, now) => lightly((within) => saveTags(within, tags, now)),

    hasResources: (integration) => hasResources(queries, integration),
    resource: (id) => resourceById(queries, id),
    resourcesAt: (...at) => resourcesAt(queries, ...at),
    resourcePage: (...page) => resourcePage(queries, ...page),
    findResources: (...query) => findResources(queries, ...query),
    resourcesIn: (...query) => resourcesIn(queries, ...query),
    findSimilar: (...query) => findSimilar(queries, ...query),
    usualResources: (...of) => usualResources(queries, ...of),
  }) satisfies Partial<Store>

/** The store's verbs about vaults beside their grants, and about sessions. */
export const vaultVerbs = ({ queries, atomically }: Ways) =>
  ({
    noteConfiguration: (...noted) => atomically((within) => noteConfiguration(within, ...noted)),
    ...sessionVerbs(queries, atomically),
    ...receiptVerbs(queries, atomically),
    ...rotationVerbs(queries, atomically),
    ...controlGroupVerbs(queries, atomically),
    ...stuckLeaseVerbs(queries, atomically),
    ...remoteConnectorVerbs(queries, atomically),
  }) satisfies Partial<Store>
