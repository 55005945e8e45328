import { type AuditEvent, system } from '../domain/audit-event.ts'
import type { ConnectorReport, RemoteConnector, ServerWord } from '../domain/remote-connector.ts'
import { timestamp } from '../domain/time.ts'
import { aboutGrant, type Deps } from './deps.ts'
import { linkMisused } from './link-misused.ts'

/** A report can arrive while its credential is still on the way to the page. */
const patience = 20_000
const pause = 500

/** Takes what a connector did or saw alone. It speaks only about grants of its own integration. */
export const connectorReported =
  (deps: Deps) =>
  async (connector: RemoteConnector, report: ConnectorReport): Promise<ServerWord> => {
    const loaded = await deps.store.requestOfGrant(report.grant)
    if (!loaded?.grant || loaded.grant.integration !== connector.integration) return 'noted'
    const { request, grant } = loaded
    const row = (detail: AuditEvent['detail']): AuditEvent => ({
      ...{ at: deps.clock.now(), kind: 'connector-reported', actor: system, ...aboutGrant(request, grant.id) },
      detail: { connector: connector.id, about: report.about, ...detail },
    })
    if (report.about === 'ended') {
      const { means, at, latency } = report.proof
      await deps.store.audit([row({ means, at, latency })])
      deps.nudge() // the server's own end follows, and finds it done
      return 'noted'
    }
    const word = await wordOf(deps, report)
    await deps.store.audit([row({ word, issuedAt: report.issuedAt })])
    return word
  }

/** Whether the person behind a link was shown the credential. What nobody was shown, and somebody opened, is theft. */
const wordOf = async (deps: Deps, { grant, issuedAt }: ConnectorReport & { about: 'opened' }): Promise<ServerWord> => {
  const isOfThis = (since: number) => since > issuedAt - patience
  for (const until = deps.clock.now() + patience; ; ) {
    const links = (await deps.store.linksInUse(grant)).filter(
      ({ credential }) => credential && isOfThis(credential.since),
    )
    if (links.some(({ credential }) => credential?.state === 'issued')) return 'fetched'
    const [link] = links
    if (!link) return 'replaced'
    if (deps.clock.now() >= until) {
      await linkMisused(deps)(link, 'spent-unseen')
      return 'not-fetched'
    }
    await deps.clock.sleep(timestamp(deps.clock.now() + pause), new AbortController().signal)
  }
}
