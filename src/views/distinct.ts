const ellipsis = '…'
const least = 12

/** Cuts the middle of a text, because its ends say most; never cuts within a character. */
const cutMiddle = (text: string, limit: number, head: number): string =>
  text.length <= limit ? text : glued(text.slice(0, head), ellipsis, text.slice(text.length - (limit - head - 1)))

const glued = (...parts: readonly string[]): string =>
  parts.map((part) => part.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '')).join('')

/** The form in which two menu entries must differ: renderers may join spaces and composed letters. */
const seenAs = (text: string): string => text.normalize('NFKC').replace(/\s+/g, ' ').trim()

/**
 * The texts within `limit` characters, no two looking the same. Long texts are cut in the middle. Texts that became
 * equal show the place where they differ. Remaining equal texts get a number.
 */
export const distinct = (texts: readonly string[], limit: number): readonly string[] => {
  const short = texts.map((text) => cutMiddle(text, limit, Math.floor(limit / 3)))
  const telling = short.map((text, index) => {
    const rivals = texts.filter((_, other) => other !== index && seenAs(short[other] ?? '') === seenAs(text))
    return rivals.length === 0 ? text : showing(texts[index] ?? '', rivals, limit)
  })
  const used = new Set<string>()
  return telling.map((text) => {
    let shown = text
    for (let number = 2; used.has(seenAs(shown)); number += 1) {
      const mark = ` (${number})`
      shown = `${cutMiddle(text, limit - mark.length, Math.floor(limit / 3))}${mark}`
    }
    used.add(seenAs(shown))
    return shown
  })
}

/** Cuts the text so that the last difference from one of its rivals stays visible. */
const showing = (text: string, rivals: readonly string[], limit: number): string => {
  const place = Math.max(...rivals.map((rival) => sharedStart(text, rival)))
  if (text.length <= limit || place === text.length) return text.length <= limit ? text : cutMiddle(text, limit, least)
  const tail = Math.max(0, limit - least - 2)
  const start = Math.min(Math.max(least, place - 8), text.length - tail)
  const rest = text.slice(start, start + tail)
  return glued(text.slice(0, least), ellipsis, rest, start + tail < text.length ? ellipsis : '')
}

const sharedStart = (one: string, other: string): number => {
  let place = 0
  while (place < one.length && one[place] === other[place]) place += 1
  return place
}
