import type { Inbound } from '../../conversation/inbound.ts'
import type { Seals } from '../../conversation/seals.ts'
import type { Connector } from '../connector/connector.ts'
import type { Conversations } from '../connector/conversations.ts'
import type { TeamsDeps } from '../settings.ts'
import type { Whisper } from './whisper.ts'

/** What the modules for deliveries share. */
export type TeamsContext = Pick<TeamsDeps, 'clock' | 'log'> & {
  readonly inbound: Inbound
  readonly seals: Seals
  /** Seals the forms in the place of a card. Their key is drawn at start: nobody outside this process can make one. */
  readonly formSeals: Seals
  /** For calls while a person waits: it gives up soon, and repeats nothing. */
  readonly hasty: Pick<Connector, 'member'>
  readonly conversations: Conversations
  readonly whisper: Whisper
}
