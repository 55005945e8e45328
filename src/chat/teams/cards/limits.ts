/**
 * Limits on our cards. Lengths are in characters, as UTF-16 counts them; sizes are in bytes of JSON as UTF-8.
 */
export const limits = {
  /** Teams takes 100 KB of UTF-16 per message and advises 80 KB: these bytes are 50 KB of UTF-16 at most. */
  card: 25_000,
  /** The renderer of Adaptive Cards drops what follows the fifth button of a row. */
  actionsInRow: 5,
  /** Our own limit, as on other platforms: more buttons than a person reads. */
  actions: 25,
  /** Teams shows so many entries of a typeahead. */
  suggestions: 15,
  /** Our own limit on a menu; Teams names none. */
  options: 100,
  /** One entry of a menu; a longer one is cut by the width of the menu, where nobody sees its end. */
  option: 100,
  /** The heading of a dialog is one line. */
  title: 80,
  heading: 150,
  button: 75,
  /** What a button is about, for screen readers and for a pointer on it. */
  tooltip: 90,
  /** One paragraph. */
  text: 3000,
  /** The lines of a text in monospace that stand in one block. */
  code: 2900,
  label: 300,
  placeholder: 150,
  summary: 1000,
  sentence: 3000,
} as const
