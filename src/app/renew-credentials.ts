import type { IntegrationId } from '../domain/ids.ts'
import { after, seconds, type Timestamp } from '../domain/time.ts'
import type { Connector } from '../ports.ts'
import type { Deps } from './deps.ts'

const pause = seconds(300)

/** Lets a connector renew its own credentials; a failure is retried in a few minutes. */
export const renewCredentials = (
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  integration: IntegrationId,
  renew: NonNullable<Connector['renewCredentials']>,
) => {
  let next: Timestamp | undefined
  return {
    job: async (): Promise<void> => {
      next = after(clock.now(), pause)
      const done = await renew()
      next = done.next
      if (done.isRenewed) log.info({ integration, next }, 'credentials renewed')
    },
    next: async (): Promise<Timestamp> => next ?? after(clock.now(), pause),
  }
}
