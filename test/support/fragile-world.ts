import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { hasTeams } from '../../src/demo/chats.ts'
import { startWorld, type World, type WorldOptions } from '../../src/demo/world.ts'
import { type BreakingProxy, breakingProxy, type Point } from './breaking-proxy.ts'
import { chat as chatOfThisRun } from './chat.ts'
import { eventually, waitingUntil } from './eventually.ts'
import { type Story, storyIn } from './story.ts'
import { untilNothingIsOrphaned, vaultTruth } from './vault-truth.ts'

/** A world in which everything between Latchkey and the others can break, and Latchkey can be killed at any call. */
export type FragileWorld = {
  readonly world: World
  readonly story: Story
  readonly vault: BreakingProxy
  /** Between Latchkey and the chat of this world: Slack’s Web API, or all that Microsoft serves. */
  readonly chat: BreakingProxy
  /** Kills Latchkey at the call to which `act` leads, and starts it again; fails if there is no such call in time. */
  killAt(side: 'vault' | 'chat', point: Point, act: () => Promise<unknown>, then?: 'stay dead'): Promise<void>
  /** Without what a process remembers. */
  startAnew(): Promise<void>
  untilNothingIsOrphaned(): Promise<void>
  /** Deletes the people's users at the vault, as if nobody had ever got access. */
  forgetUsers(): Promise<void>
  stop(): Promise<void>
}

const patience = 60_000
/** Starting again and again is what these tests spend their time with: Node keeps what it has compiled. */
const compiled = resolve(import.meta.dirname, '../../.cache/compiled')

export async function fragileWorld(options: WorldOptions = {}): Promise<FragileWorld> {
  const proxies = new Map<'vault' | 'chat', BreakingProxy>()
  const isPrimed = existsSync(compiled)
  const through = async (side: 'vault' | 'chat', real: string, prefix: string) => {
    const proxy = await breakingProxy(new URL(real).origin, prefix)
    proxies.set(side, proxy)
    return proxy
  }
  const where = options.chat ?? chatOfThisRun
  const world = await startWorld({
    ...options,
    environment: { NODE_COMPILE_CACHE: compiled, ...options.environment },
    chat: where,
    vaultAddress: async (real) => (await through('vault', real, '/v1/')).address,
    ...(hasTeams(where)
      ? { teamsUrl: async (real) => (await through('chat', real, '/')).address }
      : { slackApiUrl: async (real) => `${(await through('chat', real, '/api/')).address}/api/` }),
  })
  const [vault, chat] = [proxies.get('vault'), proxies.get('chat')]
  if (!vault || !chat) throw new Error('both sides have a proxy')
  const story = storyIn(world)
  if (!isPrimed) await world.latchkey().stop() // only a process that ends in order leaves anything behind
  if (!isPrimed) await world.restart()
  for (const proxy of proxies.values()) proxy.forgetCalls() // an end in order makes calls of its own

  return {
    ...{ world, story, vault, chat },
    async killAt(side, point, act, then) {
      const proxy = side === 'vault' ? vault : chat
      const death = new AbortController()
      const killed = proxy.once(point, async () => {
        await world.kill()
        death.abort()
        return 'cut' as const
      })
      killed.catch(() => undefined)
      await waitingUntil(death.signal, act).catch(() => undefined) // whoever acted may get no answer
      await eventually(() => death.signal.aborted, {
        limit: patience,
        about: () => `the call ${point.call} is made`,
      }).finally(proxy.forgetHooks)
      if (then !== 'stay dead') await world.restart()
    },
    async startAnew() {
      await world.kill()
      await world.restart()
    },
    untilNothingIsOrphaned: () => untilNothingIsOrphaned(world, story.records),
    async forgetUsers() {
      const { users } = await vaultTruth(world)
      for (const user of users) await world.admin('DELETE', `auth/${world.prepared.userpassMount}/users/${user}`)
    },
    async stop() {
      await world.stop()
      await Promise.all([vault, chat].map((proxy) => proxy.stop()))
    },
  }
}
