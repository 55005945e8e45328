import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { authenticate } from '../../src/app/authenticate.ts'
import { newBell } from '../../src/app/bell.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { personId } from '../../src/domain/ids.ts'
import { type Pipeline, pipelineName, pipelinePerson } from '../../src/domain/pipeline.ts'
import { pipelineTokenReader } from '../../src/identity/pipeline-tokens.ts'
import { proofReader } from '../../src/identity/proofs.ts'
import type { Person } from '../../src/ports.ts'
import { apiOver, apiWorld } from './api-world.ts'
import { smallIssuer } from './small-issuer.ts'

/** A CI system that signs tokens of runs. */
export const ciSystem = async () => {
  const server = createServer((request, response) => signer.listener(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const signer = smallIssuer(issuer, 'repo:acme/shop:ref:refs/heads/main')
  return { issuer, signed: signer.signed, stop: () => void server.close() }
}

/** The API with one pipeline, `deploy`, of acme/shop: a requester among the engineers. */
export const pipelineWorld = async ({
  issuer,
  signed,
}: Pick<Awaited<ReturnType<typeof ciSystem>>, 'issuer' | 'signed'>) => {
  const pipeline: Pipeline = {
    ...{ key: 'deploy', issuer, audience: 'latchkey', claims: { repository: 'acme/shop' }, groups: ['engineering'] },
  }
  const id = pipelinePerson(pipeline)
  const person: Person = { id, name: pipelineName(pipeline), identities: [], isPipeline: true }
  const limits = { openRequests: 2, requestsAnHour: 99, refusalsAnHour: 999, searchesAMinute: 99, callsAMinute: 60 }
  const world = await apiWorld({ limits, linkConfirm: 'sign-in' })
  await world.discover('kv/a', 'kv/b', 'kv/c')
  const configured = { is: true }
  const { directory } = world.deps
  const bell = newBell()
  const deps: Deps = {
    ...world.deps,
    nudge: bell.ring,
    directory: {
      ...directory,
      find: (key) => (key === id ? (configured.is ? person : undefined) : directory.find(key)),
      members: (party) => [
        ...directory.members(party),
        ...(configured.is && party === 'group:engineering' ? [id] : []),
      ],
    },
  }
  const parts = {
    ...{ proofs: proofReader(deps.clock), isFirstSight: async () => true },
    pipelines: pipelineTokenReader({ pipelines: [pipeline], clock: deps.clock, fetch }),
  }
  const verbs = useCases(deps, newHealth(deps), bell)
  const called = apiOver(deps, verbs, bell, authenticate(deps, parts))
  /** In seconds, by the clock of this world. */
  const now = () => Math.floor(world.now() / 1000)
  const run = { repository: 'acme/shop', ref: 'refs/heads/main', run_id: '17', jti: 'one' }
  return {
    ...{ id, world, deps, verbs, called, configured, now },
    grace: personId('grace'),
    token: (claims: object = {}, header?: object) =>
      signed({ ...run, iat: now(), exp: now() + 300, ...claims }, header),
    /** Serves the API on this machine. */
    served: async () => {
      const app = new Hono().route('/api/v1', called.app as never)
      const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return { url: `http://127.0.0.1:${port}`, stop: () => void server.close() }
    },
    close: () => world.close(),
  }
}
