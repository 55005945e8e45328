import { z } from 'zod'
import { jsonOf } from '../../domain/json-of.ts'
import { isSignedBy, type OwnKey } from './keys.ts'

/** A message that closes its line: it is not signed, not of this connection, not in order, or not understood. */
export class BadMessage extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'BadMessage'
  }
}

/** Which end speaks. */
export type Direction = 'to-connector' | 'to-server'

const Envelope = z.strictObject({ body: z.string(), signature: z.string().max(100) })
const Counted = z.strictObject({ count: z.int().positive(), message: z.unknown() })

const signedText = (direction: Direction, connection: string, body: string): string =>
  `latchkey connector 1: ${direction}\n${connection}\n${body}`

/** Signs the messages of one direction of one connection, and counts them. */
export const sealer = (direction: Direction, connection: string, key: OwnKey): ((message: object) => string) => {
  let count = 0
  return (message) => {
    count += 1
    const body = JSON.stringify({ count, message })
    return JSON.stringify({ body, signature: key.sign(signedText(direction, connection, body)) })
  }
}

/**
 * Opens the messages of one direction of one connection. Throws `BadMessage` for one that is foreign, altered, repeated,
 * left out, or out of order.
 */
export const opener = <Message>(
  direction: Direction,
  connection: string,
  { key, schema }: { readonly key: string; readonly schema: z.ZodType<Message> },
): ((text: string) => Message) => {
  let last = 0
  return (text) => {
    const envelope = Envelope.safeParse(jsonOf(text))
    if (!envelope.success) throw new BadMessage('a message is not one of this protocol')
    const { body, signature } = envelope.data
    if (!isSignedBy(key, signedText(direction, connection, body), signature))
      throw new BadMessage('a message is not signed for this connection')
    const counted = Counted.safeParse(jsonOf(body))
    if (counted.data?.count !== last + 1) throw new BadMessage('a message is repeated, missing or out of order')
    last += 1
    const message = schema.safeParse(counted.data.message)
    if (!message.success) throw new BadMessage(`a message is not understood: ${problemsOf(message.error)}`)
    return message.data
  }
}

/** Where a message is wrong, without its content. */
const problemsOf = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 3)
    .map(({ path, code }) => `${path.join('.')} (${code})`)
    .join(', ')
