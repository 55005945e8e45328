import { App } from '@slack/bolt'
import { newAdmits } from '../conversation/admission.ts'
import { newInbound } from '../conversation/inbound.ts'
import { newArrivals } from '../intake/arrivals.ts'
import { newIntake } from '../intake/bodies.ts'
import { counted } from '../intake/counted.ts'
import type { Chat } from '../kind.ts'
import { appPage } from './app-page.ts'
import { checkedBodies } from './checked-bodies.ts'
import { clientOptions, fetchForAnswers, quietLogger, webClients } from './clients.ts'
import type { SlackContext } from './context.ts'
import { guarded } from './guard.ts'
import { registerHandlers } from './handlers.ts'
import { type HttpReceiver, httpReceiver } from './http-receiver.ts'
import { askSlack, fullNameOf } from './identity.ts'
import { slackPlatform } from './platform.ts'
import { type SlackDeps, sealingSecret, shortcutHelp, slackPath } from './settings.ts'
import { silenceHints } from './silence.ts'
import { keptOpen, type Socket } from './socket.ts'
import { checkToken } from './token.ts'

/** Builds the Slack side. It makes no call before `start`. */
export const slackChat = (deps: SlackDeps): Chat => {
  const { settings, log } = deps
  const clients = webClients(deps)
  let tenant = ''
  let page: string | undefined
  let isOpen = false
  const { delivery, command } = settings
  const admits = newAdmits(askSlack(settings, clients.hasty), deps.clock)
  const context: SlackContext = { ...deps, clients, admits, arrivals: newArrivals(), tenant: () => tenant }
  const inbound = newInbound({
    ...{ ...deps, label: 'Slack', command, shortcut: shortcutHelp, admits },
    fullName: fullNameOf(clients.hasty),
    sealingSecret: sealingSecret(settings),
  })
  const receiver = receiverFor(deps)
  const socket = 'take' in receiver ? undefined : receiver
  const app = new App({
    receiver,
    // With a token instead, Bolt would ask Slack about the bot before every first delivery.
    authorize: async () => ({ botToken: settings.botToken.reveal() }),
    clientOptions: { ...clientOptions(deps), fetch: fetchForAnswers(deps) },
    logger: quietLogger(log),
    deferInitialization: true,
    convoStore: false,
    ignoreSelf: false,
  })
  const stopping = new AbortController()
  const refused = counted(log, deps.clock, stopping.signal, 'deliveries were not taken')
  if (socket) app.processEvent = checkedBodies(app.processEvent.bind(app), refused)
  registerHandlers(app, context, inbound)
  app.error(async (error) => log.error({ failure: error.stack ?? error.message }, 'Bolt could not handle a delivery'))

  return {
    platform: slackPlatform(context),
    ...('take' in receiver && delivery.kind === 'http'
      ? {
          inbound: {
            path: slackPath,
            listener: guarded(
              {
                ...{ ...deps, ...delivery, refused },
                ...{ arrivals: context.arrivals, intake: newIntake(), now: Date.now, isReady: () => isOpen },
              },
              receiver.take,
            ),
          },
        }
      : {}),
    isConnected: () => isOpen && (socket?.isOpen() ?? true),
    whenSilent: (baseUrl) => silenceHints(settings, baseUrl),
    entrance: () => ({ title: 'Slack', command, ...(page && { url: page }) }),
    start: async () => {
      const checked = await checkToken(clients.patient, settings)
      page ??= await appPage(clients.patient, settings)
      await app.init()
      tenant = checked
      isOpen = true
      await socket?.open()
    },
    stop: async () => {
      isOpen = false
      stopping.abort()
      await socket?.close()
      await inbound.close()
    },
  }
}

const receiverFor = (deps: SlackDeps): HttpReceiver | Socket => {
  const { delivery } = deps.settings
  if (delivery.kind === 'http') return httpReceiver()
  const { dispatcher } = deps.outbound
  const appToken = delivery.appToken.reveal()
  // These options are for the call that asks for the address of a line.
  const options = { ...clientOptions(deps), timeout: 8_000, retryConfig: { retries: 0 } }
  const socket = { logger: quietLogger(deps.log), appToken, clientOptions: options, ...(dispatcher && { dispatcher }) }
  return keptOpen(socket, deps)
}
