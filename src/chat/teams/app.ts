import { randomBytes } from 'node:crypto'
import { secret as asSecret } from '../../domain/secret.ts'
import { newAdmits } from '../conversation/admission.ts'
import { newInbound } from '../conversation/inbound.ts'
import { newSeals } from '../conversation/seals.ts'
import { newIntake } from '../intake/bodies.ts'
import { counted } from '../intake/counted.ts'
import type { Chat } from '../kind.ts'
import { newBot } from './answers/bot.ts'
import type { TeamsContext } from './answers/context.ts'
import { newRoutes } from './answers/routes.ts'
import { isPersonal, placeOf } from './answers/values.ts'
import { newWhisper } from './answers/whisper.ts'
import { newConnector } from './connector/connector.ts'
import { newConversations } from './connector/conversations.ts'
import { newTokens } from './connector/entra-token.ts'
import { newPacer, unpaced } from './connector/rate.ts'
import { decodeReference } from './connector/reference.ts'
import { newReferences } from './connector/references.ts'
import { askTeams, fullNameOf } from './connector/roster.ts'
import { guarded } from './deliveries/gate.ts'
import { newKeys } from './deliveries/keys.ts'
import { newTokenCheck } from './deliveries/token-check.ts'
import { cloudOf, isServiceUrl, publicServiceUrl } from './hosts.ts'
import { teamsPlatform } from './platform.ts'
import { sealingSecret, type TeamsDeps, teamsPath } from './settings.ts'
import { silenceHints } from './silence.ts'

/**
 * The time limit of one call to the connector, in milliseconds: for the outbox, and while a person waits. A token, an
 * opened conversation and a post, each repeated, must end within the claim on a card.
 */
const patience = { patient: 8_000, hasty: 2_500 }

/** Where people find the form; its name is the one in the manifest. */
const shortcutHelp =
  'Or open the form from anywhere: press + at a message box, pick Latchkey, then Request access. On a message it is behind the three dots.'

const typing = { command: '', shortcut: shortcutHelp }

/** The address of a person's chat with us; unknown in the government's clouds. */
const chatAddress = ({ app, simulatorUrl, issuer }: TeamsDeps['settings']): string | undefined => {
  if (simulatorUrl !== undefined) return simulatorUrl
  return issuer === cloudOf(publicServiceUrl).issuer
    ? `https://teams.microsoft.com/l/chat/0/0?users=28:${app}`
    : undefined
}

/** Builds the Teams side. It makes no call before `start`. */
export const teamsChat = (deps: TeamsDeps): Chat => {
  const { settings, clock, log, outbound } = deps
  // The channel signs with the real time.
  const { now } = Date
  const keys = newKeys({ metadataUrl: settings.metadataUrl, fetch: outbound.fetch, now })
  const tokens = newTokens({ settings, fetch: outbound.fetch, clock })
  const calls = {
    settings,
    tokens,
    pacer: settings.rateLimits ? newPacer(clock) : unpaced,
    fetch: outbound.fetch,
    clock,
  }
  const patient = newConnector({ ...calls, patience: patience.patient, repeats: true })
  const hasty = newConnector({ ...calls, patience: patience.hasty, repeats: false })
  const references = newReferences(deps)
  const roster = { settings, connector: hasty, conversations: newConversations(hasty, clock), references }
  const admits = newAdmits(askTeams(roster), clock)
  const secret = sealingSecret(settings)
  const inbound = newInbound({
    ...{ ...deps, ...typing, label: 'Teams', admits, fullName: fullNameOf(roster) },
    ...{ formsNeedPress: true, answersInReply: true, sealingSecret: secret },
  })
  const context: TeamsContext = {
    ...{ clock, log, inbound, seals: newSeals(secret, clock) },
    formSeals: newSeals(asSecret(randomBytes(32).toString('base64url')), clock),
    ...{ hasty, conversations: roster.conversations },
    whisper: newWhisper({ connector: patient, conversations: roster.conversations, clock }),
  }
  const { routes, settled } = newRoutes(context)
  const bot = newBot(routes)
  const url = chatAddress(settings)
  let isOpen = false
  const stopping = new AbortController()
  const refused = counted(log, clock, stopping.signal, 'deliveries were not taken')
  const listener = guarded(
    {
      ...{ log, refused, now, path: teamsPath, tenants: settings.tenants, isFirstSight: deps.isFirstSight },
      check: newTokenCheck({ app: settings.app, issuer: settings.issuer, keys, now }),
      isOurHost: (serviceUrl) => isServiceUrl(serviceUrl, settings.simulatorUrl),
      ...{ intake: newIntake(), isReady: () => isOpen },
    },
    (delivered) => {
      const { activity, sender } = delivered
      const { identity, objection, reference } = sender
      const shared = { serviceUrl: activity.serviceUrl, conversation: placeOf(activity) }
      const known = reference === undefined ? undefined : decodeReference(reference)
      if (!objection && known) references.remember(identity, known, isPersonal(activity) ? undefined : shared)
      return bot(delivered)
    },
  )
  return {
    platform: teamsPlatform({
      settings,
      connector: patient,
      conversations: newConversations(patient, clock),
      admits,
      clock,
      typing,
    }),
    inbound: { path: teamsPath, listener },
    isConnected: () => isOpen,
    whenSilent: (baseUrl) => silenceHints(settings, baseUrl),
    entrance: () => ({ title: 'Microsoft Teams', command: '', ...(url && { url }) }),
    start: async () => {
      await keys.load()
      await tokens.current()
      isOpen = true
    },
    stop: async () => {
      isOpen = false
      stopping.abort()
      await inbound.close()
      await settled()
    },
  }
}
