import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a hook makes of a call: it goes on, or its connection is cut without an answer. */
export type Verdict = 'pass' | 'cut'

/** Where a hook hears of a call: before it is passed on, or after it was answered but before the caller knows. */
export type Point = {
  readonly when: 'before' | 'after'
  readonly call: RegExp
  /** Which of the calls that fit, from now on; the first by default. */
  readonly nth?: number
}

/** Something between Latchkey and a server of others, on this machine only, that breaks when it is told to. */
export type BreakingProxy = {
  readonly address: string
  /** Each call that came, such as `GET sys/mounts`, the newest last. */
  readonly calls: readonly string[]
  forgetCalls(): void
  /** From now on nobody answers: connections are cut (`refuse`) or left waiting (`hang`). */
  breakDown(how: 'refuse' | 'hang'): void
  /** As if nothing had happened; what was left waiting is cut. */
  heal(): void
  /** Runs once, at a call that fits from now on. Resolves with what the hook returned, after it has run. */
  once(point: Point, hook: () => Verdict | Promise<Verdict>): Promise<Verdict>
  /** Hooks that have not run yet never will. */
  forgetHooks(): void
  stop(): Promise<void>
}

type Waiting = { readonly point: Point; left: number; readonly run: () => Promise<Verdict> }
type Reply = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer }

/** Hears of every call that comes, with what it carries. */
export type Watch = (call: string, headers: IncomingMessage['headers'], body: string) => void

/** A proxy before `target` (an origin); `prefix` is what the paths of all its calls begin with, such as `/v1/`. */
export async function breakingProxy(target: string, prefix: string, watch?: Watch): Promise<BreakingProxy> {
  const calls: string[] = []
  const hooks = new Set<Waiting>()
  const held = new Set<ServerResponse>()
  let mood: 'well' | 'refuse' | 'hang' = 'well'

  const verdictOf = async (when: Point['when'], call: string): Promise<Verdict> => {
    const hook = [...hooks].find(({ point }) => point.when === when && point.call.test(call))
    if (!hook) return 'pass'
    hook.left -= 1
    if (hook.left > 0) return 'pass'
    hooks.delete(hook)
    return hook.run()
  }
  const replyTo = async (incoming: IncomingMessage, response: ServerResponse): Promise<Reply | 'cut' | 'held'> => {
    const path = (incoming.url ?? '/').split('?')[0] ?? '/'
    const call = `${incoming.method} ${decodeURIComponent(path).slice(prefix.length)}`
    const body = await bytesOf(incoming)
    calls.push(call)
    watch?.(call, incoming.headers, body.toString())
    if (mood === 'refuse') return 'cut'
    if (mood === 'hang') {
      held.add(response)
      return 'held'
    }
    if ((await verdictOf('before', call)) === 'cut') return 'cut'
    const reply = await forward(target, incoming, body)
    const verdict = await verdictOf('after', call)
    return verdict === 'cut' || isBroken(mood) ? 'cut' : reply // it may have broken down while the call was on its way
  }
  const server = createServer(async (incoming, response) => {
    const reply = await replyTo(incoming, response).catch(() => 'cut' as const)
    if (reply === 'cut') response.destroy()
    else if (reply !== 'held') response.writeHead(reply.status, reply.headers).end(reply.body)
  })
  const address = await listening(server)
  return {
    address,
    calls,
    forgetCalls: () => {
      calls.length = 0
    },
    breakDown(how) {
      mood = how
      if (how === 'refuse') server.closeAllConnections()
    },
    heal() {
      mood = 'well'
      for (const response of held) response.destroy()
      held.clear()
    },
    once: (point, hook) =>
      new Promise((resolve, reject) => {
        const run = async () => {
          try {
            const verdict = await hook()
            resolve(verdict)
            return verdict
          } catch (error) {
            reject(error)
            throw error
          }
        }
        hooks.add({ point, left: point.nth ?? 1, run })
      }),
    forgetHooks: () => hooks.clear(),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const isBroken = (mood: string): boolean => mood !== 'well'

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

const bytesOf = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part)
  return Buffer.concat(parts)
}

const forward = (target: string, incoming: IncomingMessage, body: Buffer): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', url = '/', headers } = incoming
    const onward = request(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } })
    onward.on('error', reject)
    onward.on('response', async (answer) => {
      try {
        resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: await bytesOf(answer) })
      } catch (error) {
        reject(error)
      }
    })
    onward.end(body)
  })
