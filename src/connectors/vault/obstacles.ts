/** Why a name cannot be granted safely, as the end of "This cannot be granted safely: …". */
const obstacles = {
  unicode: 'its name is not valid Unicode text',
  empty: 'its name has an empty part between slashes',
  dots: 'its name has a part that is read as "this folder" or "the folder above"',
  plus: 'a part of its name is "+", which a vault policy reads as any name',
  star: 'its name has a "*", which a vault policy can read as any ending',
  braces: 'its name has "{{" or "}}", which a vault policy replaces by something else',
  hidden: 'its name has invisible characters, so that it may look like another one',
  blanks: 'its name has a hidden, doubled or unusual blank, and may look like another name',
  long: 'its name is longer than 512 bytes',
} as const

/** The rule that a name breaks. */
export type Obstacle = keyof typeof obstacles

/**
 * Invisible characters: control and direction characters, line ends, and everything that Unicode tells renderers to
 * hide. Two letters that look like a blank also count.
 */
const invisible =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\u{1d159}]/u

/** Blanks that a page, card or eye misses: at the end of a part, doubled, or of unusual width. */
const deceptiveBlank = /(?:^|\/) | (?:$|\/)| {2}|(?! )\p{Zs}/u

/**
 * Whether a policy can name exactly this path, and an approver sees exactly this name. A policy cannot escape a final
 * `*`, a segment `+` or `{{ }}`. Dots are resolved on the way to the vault (measured on both servers).
 */
export const obstacleOf = (path: string): Obstacle | undefined => {
  const segments = path.split('/')
  if (!path.isWellFormed()) return 'unicode'
  if (segments.includes('')) return 'empty'
  if (path.includes('..') || segments.includes('.')) return 'dots'
  if (segments.includes('+')) return 'plus'
  if (path.includes('*')) return 'star'
  if (path.includes('{{') || path.includes('}}')) return 'braces'
  if (invisible.test(path)) return 'hidden'
  if (deceptiveBlank.test(path)) return 'blanks'
  return Buffer.byteLength(path) > 512 ? 'long' : undefined
}

/** The end of the sentence about why this path cannot be granted; `undefined` when it can. */
export const obstacleText = (path: string): string | undefined => {
  const obstacle = obstacleOf(path)
  return obstacle && obstacles[obstacle]
}

/**
 * Whether a rule can name exactly this path. Some names that a rule can name are no names to grant, because a reader may
 * take them for others; they can still be denied.
 */
export const isNameable = (path: string): boolean => {
  const obstacle = obstacleOf(path)
  return obstacle === undefined || obstacle === 'hidden' || obstacle === 'blanks' || obstacle === 'long'
}
