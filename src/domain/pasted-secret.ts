/** What somebody seems to have pasted among words for people. */
export type PastedSecret = 'private-key' | 'token' | 'cloud-key' | 'password' | 'random'

/**
 * What in the text looks like a secret; `undefined` when nothing does. It knows the published forms of tokens and keys,
 * passwords beside their name or in an address, and long random words. Hashes of commits and links are no secrets.
 */
export const pastedSecret = (text: string): PastedSecret | undefined => {
  const looked = text.slice(0, most)
  const [kind] = known.find(([, form]) => form.test(looked)) ?? []
  return kind ?? (looked.replace(links, ' ').split(between).some(isRandom) ? 'random' : undefined)
}

/** More than any reason may have; longer texts are refused anyway, and must cost nothing. */
const most = 1_000

const known: readonly (readonly [PastedSecret, RegExp])[] = [
  ['private-key', /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/],
  ['token', /\bhv[sbr]\.[\w-]{20,}/], // HashiCorp Vault
  ['token', /\b[sbr]\.[A-Za-z0-9]{24,}\b/], // OpenBao
  ['token', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{30,}|sk-[\w-]{20,})/],
  ['token', /\bxox[a-z]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}/], // Slack
  ['token', /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/], // a JSON web token
  ['cloud-key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}/],
  ['password', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,80}:[^\s/@]{1,200}@/i],
  [
    'password',
    /\b(?:pass(?:word|wort|wd|phrase)?|pwd|secret|api[ _-]?key|token)\s?[:=]\s?(?=[^\s\d]*\d)(?=[^\sA-Za-z]*[A-Za-z])[^\s]{10,}/i,
  ],
]

const links = /\bhttps?:\/\/\S+/gi
const between = /[\s"'`,;()<>[\]{}]+/

/** Long, in both cases and with digits: nobody writes such a word. */
const isRandom = (word: string): boolean =>
  /^[\w+/=-]{32,}$/.test(word) &&
  [/[A-Z]/g, /[a-z]/g, /\d/g].every((some) => (word.match(some) ?? []).length >= 3) &&
  !word.includes('/')
