import type { IncomingMessage } from 'node:http'

export type IntakeLimits = {
  /** The largest body, in bytes. */
  readonly body: number
  /** Bodies being read at a time, and the bytes held for them together. */
  readonly bodies: number
  readonly bytes: number
  /** The time limit of one body, in milliseconds. */
  readonly patience: number
}

/** A platform gives up on a delivery after a few seconds, and sends a body in one go. */
const usualLimits: IntakeLimits = {
  body: 1024 * 1024,
  bodies: 256,
  bytes: 4 * 1024 * 1024,
  patience: 3_000,
}

/** Reads bodies within limits on memory and number. */
export type Intake = {
  /** The complete body, or why it was not read; `aborted` when the sender left. Never rejects. */
  read(request: IncomingMessage): Promise<Buffer | 'too-large' | 'too-slow' | 'aborted'>
  /** What is held now. */
  held(): { readonly bodies: number; readonly bytes: number }
}

/** The cost of a body's part besides its bytes, so that many tiny parts are not free. */
const partCost = 256

/** When there are too many bodies, the oldest unfinished one is dropped: a genuine delivery arrives at once. */
export const newIntake = (limits: IntakeLimits = usualLimits): Intake => {
  const coming = new Map<symbol, { cost: number; giveUp: () => void }>()
  let bytes = 0

  const makeRoom = (): void => {
    for (const [, { giveUp }] of coming) {
      if (coming.size <= limits.bodies && bytes <= limits.bytes) return
      giveUp()
    }
  }

  const read: Intake['read'] = (request) =>
    new Promise((resolve) => {
      if (Number(request.headers['content-length'] ?? 0) > limits.body) return resolve('too-large')
      const id = Symbol()
      const mine = { cost: 0, giveUp: () => end(() => resolve('too-slow')) }
      const parts: Buffer[] = []
      let size = 0
      const end = (settle: () => void): void => {
        if (!coming.delete(id)) return
        bytes -= mine.cost
        clearTimeout(timer)
        request.off('data', take)
        request.pause()
        settle()
      }
      const take = (part: Buffer): void => {
        size += part.length
        parts.push(part)
        mine.cost += part.length + partCost
        bytes += part.length + partCost
        if (size > limits.body) end(() => resolve('too-large'))
        else makeRoom()
      }
      const timer = setTimeout(mine.giveUp, limits.patience)
      coming.set(id, mine)
      makeRoom()
      request.on('data', take)
      request.once('end', () => end(() => resolve(Buffer.concat(parts))))
      request.once('error', () => end(() => resolve('aborted')))
      request.once('close', () => end(() => resolve('aborted')))
    })

  return { read, held: () => ({ bodies: coming.size, bytes }) }
}
