import type { Socket } from 'node:net'
import type { Timestamp } from '../../../domain/time.ts'
import type { Clock } from '../../../ports.ts'
import type { Connection } from './doubt.ts'
import { longestLine } from './file-position.ts'

/** Complete lines of one connection, or that a connection of a vault broke. */
export type Heard = { readonly from: Connection; readonly bytes: Buffer } | { readonly brokenAt: Timestamp }

/** Servers of a cluster, and some room for connections that replace others. */
const mostConnections = 16
/** A vault connects to write, so nobody waits for what says nothing. */
const mostSilence = 10_000
/** Beyond this, reading stops until the former lines are stored. The vault then waits, and loses nothing. */
const mostWaiting = 16 * 1_024 * 1_024
const mostPartial = 2 * longestLine
const brace = 123

type Peer = Connection & { readonly parts: Buffer[]; partial: number; heardAt: Timestamp; isVault: boolean }

/** Takes bytes from connections, and gives their complete lines in the order in which they came before breaks. */
export const newInbox = ({ now }: Pick<Clock, 'now'>) => {
  const peers = new Map<Socket, Peer>()
  let ready = new Map<Peer, Buffer[]>()
  let heard: Heard[] = []
  let size = 0

  const flush = (): void => {
    for (const [from, parts] of ready) heard.push({ from, bytes: Buffer.concat(parts) })
    ready = new Map()
  }

  const read = (socket: Socket, peer: Peer, bytes: Buffer): void => {
    const { parts } = peer
    peer.heardAt = now()
    const end = bytes.lastIndexOf(10) + 1
    if (end > 0) {
      const lines = ready.get(peer) ?? []
      for (const part of [...parts.splice(0), bytes.subarray(0, end)]) append(lines, part)
      ready.set(peer, lines)
      peer.isVault ||= lines.some((part) => part.includes(brace))
      size += peer.partial + end
      peer.partial = 0
    }
    if (end < bytes.length) append(parts, bytes.subarray(end))
    peer.partial += bytes.length - end
    if (peer.partial > longestLine) socket.destroy()
    else if (partialOf(peers) > mostPartial) longest(peers)?.destroy()
    if (size > mostWaiting) socket.pause()
  }

  return {
    take: (socket: Socket): void => {
      if (peers.size >= mostConnections) leastOf(peers)?.destroy()
      const at = now()
      const peer: Peer = { openedAt: at, hasReturned: false, parts: [], partial: 0, heardAt: at, isVault: false }
      peers.set(socket, peer)
      socket.on('data', (bytes) => read(socket, peer, bytes))
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        peers.delete(socket)
        // What a vault wrote into a closed connection is lost. Others, such as a check of the port, wrote nothing.
        if (!peer.isVault && !peer.parts.some((part) => part.includes(brace))) return
        flush()
        heard.push({ brokenAt: now() })
      })
    },
    /** How many servers are connected. */
    connected: (): number => [...peers.values()].filter(({ isVault }) => isVault).length,
    heard: (): readonly Heard[] => {
      flush()
      const all = heard
      heard = []
      size = 0
      for (const [socket, { isVault, heardAt }] of peers) {
        if (!isVault && now() > heardAt + mostSilence) socket.destroy()
        else if (socket.isPaused()) socket.resume()
      }
      return all
    },
    close: (): void => {
      for (const socket of peers.keys()) socket.destroy()
    },
  }
}

/** Joins small parts as they come, so that many cost no more than one. */
const append = (parts: Buffer[], bytes: Buffer): void => {
  let last = bytes
  for (let before = parts.at(-1); before && before.length < 2 * last.length; before = parts.at(-1)) {
    parts.pop()
    last = Buffer.concat([before, last])
  }
  parts.push(last)
}

const partialOf = (peers: ReadonlyMap<Socket, Peer>): number =>
  [...peers.values()].reduce((sum, { partial }) => sum + partial, 0)

const longest = (peers: ReadonlyMap<Socket, Peer>): Socket | undefined =>
  [...peers].sort(([, one], [, other]) => other.partial - one.partial)[0]?.[0]

/** One that is no vault, or has been silent for longest. A new connection may be the vault's, which must not wait. */
const leastOf = (peers: ReadonlyMap<Socket, Peer>): Socket | undefined =>
  [...peers].sort(
    ([, one], [, other]) => Number(one.isVault) - Number(other.isVault) || one.heardAt - other.heardAt,
  )[0]?.[0]
