/** A page of 500 members has less than half of this, in bytes. */
const most = 2 * 1024 * 1024

/** The JSON of an answer. Throws for anything else, and for a body without an end, which would fill the memory. */
export const jsonIn = async (response: Response): Promise<unknown> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > most) throw new Error(`the answer has more than ${most} bytes`)
    parts.push(part)
  }
  return JSON.parse(Buffer.concat(parts).toString())
}
