/** C0 but tab and line feed, C1, marks of direction, what has no width, other ends of lines, tags. */
const ranges = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
  [0xe0001, 0xe007f],
] as const

/** The characters of a text that a terminal obeys, or that nobody sees there. */
export const steering = (text: string): readonly string[] =>
  [...text].filter((character) => {
    const point = character.codePointAt(0) ?? 0
    return ranges.some(([first, last]) => first <= point && point <= last)
  })
