/** Scripts that may share a word, as in UTS 39 ("highly restrictive"); each may also occur alone. */
const families: readonly (readonly string[])[] = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const scripts =
  'Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Syriac Thaana Ethiopic Cherokee Coptic Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Khmer Mongolian Hangul Hiragana Katakana Bopomofo Han Canadian_Aboriginal Glagolitic Gothic Lisu Tifinagh Nko Vai Yi'.split(
    ' ',
  )

/** `scx` includes marks that scripts share, such as the long mark of both kana. */
const ofScript = new Map(scripts.map((script) => [script, new RegExp(`^\\p{scx=${script}}$`, 'u')]))
const isNeutral = /^[\p{scx=Common}\p{scx=Inherited}\p{N}]$/u

const scriptsOf = (letter: string): readonly string[] => {
  const found = scripts.filter((script) => ofScript.get(script)?.test(letter))
  return found.length === 0 ? ['another script'] : found
}

/** Letters of a script that look like Latin ones: a word of only such letters looks like another word. */
const likeLatin = /^(?:[АВЕЗІЈКМНОРЅСТУХԌԚԜавеіјкмнорѕстухһԁԛԝғ\p{N}]+|[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχγ\p{N}]+)$/u
const words = /[\p{L}\p{M}\p{N}]+/gu

/** The scripts of a word with letters of several scripts, in their order; otherwise empty. */
const mixedScripts = (word: string): readonly string[] => {
  const letters = [...word].filter((letter) => !isNeutral.test(letter)).map(scriptsOf)
  const isWithin = (family: readonly string[]) => letters.every((one) => one.some((script) => family.includes(script)))
  const alone = [...scripts, 'another script'].map((script) => [script])
  if ([...alone, ...families].some(isWithin)) return []
  return [...new Set(letters.map(([script]) => script ?? ''))]
}

/**
 * Why a name may look like another one, one sentence per reason; empty for nearly all names. Reasons are mixed scripts,
 * foreign letters that all look Latin, and composed letters.
 */
export const nameMarks = (path: string): readonly string[] => {
  if (/^[\x20-\x7e]*$/.test(path)) return []
  const found = [...new Set(path.match(words) ?? [])]
  const mixed = found.flatMap((word) => {
    const those = mixedScripts(word)
    return those.length === 0 ? [] : [`“${word}” mixes ${those.join(' and ')} letters`]
  })
  const foreign = found
    .filter((word) => /\p{L}/u.test(word) && likeLatin.test(word))
    .map((word) => `“${word}” is written in ${scriptsOf(word.match(/\p{L}/u)?.[0] ?? '').join()} letters`)
  const composed = path.normalize('NFC') === path ? [] : ['it has letters that are put together from several signs']
  return [...mixed, ...foreign, ...composed]
}

/** The marks of a name as one sentence for a card or a form; undefined for a usual name. */
export const lookAlikeText = (path: string): string | undefined => {
  const marks = nameMarks(path)
  return marks.length === 0 ? undefined : `Look twice, it may be taken for another name: ${marks.join('; ')}.`
}

const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]|(?! )\p{Zs}/gu

/** The name with invisible characters written out, such as `a<U+200B>b`, so that it differs from `ab`. */
export const visible = (path: string): string =>
  path.replace(unseen, (sign) => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`)
