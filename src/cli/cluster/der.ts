/** One value in DER, the encoding of certificates: a tag, its length, its content. */
export const der = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content)
export const setOf = (...content: readonly Uint8Array[]): Buffer => der(0x31, ...content)
export const octets = (content: Uint8Array): Buffer => der(0x04, content)
export const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content)
export const text = (content: string): Buffer => der(0x0c, Buffer.from(content))
export const isTrue = (): Buffer => der(0x01, Buffer.from([0xff]))

/** An object identifier, such as `2.5.4.3`. */
export const identifier = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([40 * first + second, ...rest.flatMap(inSevens)]))
}

/** Seven bits a byte, the highest first; every byte but the last has its top bit set. */
const inSevens = (number: number): readonly number[] => {
  const bytes = [number & 0x7f]
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}

/** A date until the year 2049 in the short form, as the standard for certificates demands, else in the long one. */
export const time = (date: Date): Buffer => {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

/** The values inside a constructed value, each with its own tag and length. */
export const partsOf = (value: Buffer): readonly Buffer[] => {
  const parts: Buffer[] = []
  let at = headLength(value)
  while (at < value.length) {
    const rest = value.subarray(at)
    const part = rest.subarray(0, headLength(rest) + bodyLength(rest))
    parts.push(part)
    at += part.length
  }
  return parts
}

const headLength = (value: Buffer): number => {
  const first = value[1] ?? 0
  return first < 0x80 ? 2 : 2 + (first & 0x7f)
}

const bodyLength = (value: Buffer): number => {
  const first = value[1] ?? 0
  return first < 0x80 ? first : value.readUIntBE(2, first & 0x7f)
}
