import { App } from '@slack/bolt'
import type { Chat } from '../kind.ts'
import { registerActions } from './actions.ts'
import { newArrivals } from './arrivals.ts'
import { checkedBodies } from './checked-bodies.ts'
import { clientOptions, fetchForAnswers, quietLogger, webClients } from './clients.ts'
import { counted } from './counted.ts'
import { registerForms } from './forms.ts'
import { guarded } from './guard.ts'
import { type HttpReceiver, httpReceiver } from './http-receiver.ts'
import { admission } from './identity.ts'
import { newIntake } from './intake.ts'
import { slackPlatform } from './platform.ts'
import type { Room } from './room.ts'
import { newSeals } from './seals.ts'
import { type SlackDeps, slackPath } from './settings.ts'
import { registerCommands } from './slash-commands.ts'
import { keptOpen, type Socket } from './socket.ts'
import { checkToken } from './token.ts'

/** Builds the Slack side. Nothing is called before `start`. */
export const slackChat = (deps: SlackDeps): Chat => {
  const { settings, log } = deps
  const clients = webClients(deps)
  let tenant = ''
  let isOpen = false
  const room: Room = {
    ...deps,
    clients,
    admits: admission(deps, clients.hasty),
    arrivals: newArrivals(),
    seals: newSeals(settings.delivery, deps.clock),
    tenant: () => tenant,
    turns: new Set(),
  }
  const receiver = receiverFor(deps)
  const socket = 'take' in receiver ? undefined : receiver
  const app = new App({
    receiver,
    // With a token instead, Bolt asks Slack who the bot is before it takes any delivery.
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
  registerCommands(app, room)
  registerActions(app, room)
  registerForms(app, room)
  app.error(async (error) => log.error({ failure: error.stack ?? error.message }, 'Bolt could not handle a delivery'))

  return {
    platform: slackPlatform(room),
    ...('take' in receiver && settings.delivery.kind === 'http'
      ? {
          inbound: {
            path: slackPath,
            listener: guarded(
              {
                ...{ ...deps, ...settings.delivery, refused },
                ...{ arrivals: room.arrivals, intake: newIntake(), now: Date.now, isReady: () => isOpen },
              },
              receiver.take,
            ),
          },
        }
      : {}),
    isConnected: () => isOpen && (socket?.isOpen() ?? true),
    start: async () => {
      const checked = await checkToken(clients.patient, settings)
      await app.init()
      tenant = checked
      isOpen = true
      await socket?.open()
    },
    stop: async () => {
      isOpen = false
      stopping.abort()
      await socket?.close()
      await Promise.allSettled(room.turns)
    },
  }
}

const receiverFor = (deps: SlackDeps): HttpReceiver | Socket => {
  const { delivery } = deps.settings
  if (delivery.kind === 'http') return httpReceiver()
  const { dispatcher } = deps.outbound
  const appToken = delivery.appToken.reveal()
  // The options are for the call that asks for the address of a line.
  const options = { ...clientOptions(deps), timeout: 8_000, retryConfig: { retries: 0 } }
  const socket = { logger: quietLogger(deps.log), appToken, clientOptions: options, ...(dispatcher && { dispatcher }) }
  return keptOpen(socket, deps)
}
