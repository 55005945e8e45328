import type { Store } from '../../ports.ts'
import { claimCards, hasStaleCards, nextCard } from './card-claims.ts'
import { cardsOf, findCard, insertCards, recordCard, retryRefused, unheard } from './cards.ts'
import { channelReach, noteReach } from './channels.ts'
import type { Ways } from './connection.ts'
import { findConversation, hasConversation, saveConversation } from './conversations.ts'
import type { Holder } from './holder.ts'
import { isWelcomed, nextHome, openHome, recordHome, staleHomes, welcome } from './homes.ts'
import { introduce, introducedAt } from './introductions.ts'
import { hasOldRefusals, recordRefusal, settleRefusals } from './refusals.ts'

/** The store's verbs about messages, and about people before they ask for anything. */
export const chatVerbs = ({ queries, atomically, quietly }: Ways, holder: Holder) =>
  ({
    addCards: (cards) => atomically((within) => insertCards(within, cards)),
    nextCard: (platform) => nextCard(queries, platform),
    claimCards: async (platform, now, lasting, limit) =>
      (await hasStaleCards(queries, holder, platform, now))
        ? quietly((within) => claimCards(within, holder, platform, now, lasting, limit))
        : { claim: holder.claim(), things: [] },
    recordCard: (...outcome) => atomically((within) => recordCard(within, holder, ...outcome)),
    card: (id) => findCard(queries, id),
    cardsOf: (request) => cardsOf(queries, request),
    retryRefused: () => atomically((within) => retryRefused(within)),
    unheard: () => unheard(queries),

    channelReach: (channel) => channelReach(queries, channel),
    noteReach: (...noted) => atomically((within) => noteReach(within, ...noted)),
    conversation: (of) => findConversation(queries, of),
    saveConversation: async (of, reference) =>
      !(await hasConversation(queries, of, reference)) &&
      atomically((within) => saveConversation(within, of, reference)),

    openHome: (...opened) => atomically((within) => openHome(within, ...opened)),
    staleHomes: (...wanted) => staleHomes(queries, ...wanted),
    nextHome: (...wanted) => nextHome(queries, ...wanted),
    recordHome: (...outcome) => atomically((within) => recordHome(within, ...outcome)),
    isWelcomed: (person) => isWelcomed(queries, person),
    welcome: async (person, now, cards) =>
      !(await isWelcomed(queries, person)) && atomically((within) => welcome(within, person, now, cards)),

    introducedAt: (...asked) => introducedAt(queries, ...asked),
    introduce: (...asked) => atomically((within) => introduce(within, ...asked)),
    recordRefusal: async (event, cap) => {
      await atomically((within) => recordRefusal(within, event, cap))
    },
    settleRefusals: async (before) => {
      if (await hasOldRefusals(queries, before)) await atomically((within) => settleRefusals(within, before))
    },
  }) satisfies Partial<Store>
