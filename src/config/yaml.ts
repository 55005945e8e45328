import { type Document, isScalar, LineCounter, parseDocument, stringify, visit, type YAMLParseError } from 'yaml'
import { printableLines } from '../terminal.ts'

/** A parsed YAML text that can find the line of a key. */
export type YamlSource = {
  readonly text: string
  readonly content: unknown
  /** `file:line: key: message`, with the line of the nearest key of the path that the file contains. */
  complaint(path: readonly PropertyKey[], message: string): string
}

/** Parses YAML. Throws an Error with file and line when the text is not YAML. */
export const readYaml = (text: string, file: string): YamlSource => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken) throw new Error(`${file}:${lines.linePos(broken.pos[0]).line}: ${sentenceOf(broken)}`)
  const unusable = unusableKey(document)
  if (unusable !== undefined) {
    throw new Error(
      `${file}:${lines.linePos(unusable).line}: "__proto__" cannot be the name of anything; choose another`,
    )
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true)
      if (node && typeof node === 'object' && 'range' in node && Array.isArray(node.range)) {
        return lines.linePos(Number(node.range[0])).line
      }
    }
    return 1
  }
  return {
    text,
    content: document.toJS() ?? {},
    complaint: (path, message) => `${file}:${lineOf(path)}: ${keyText(path) || '(top)'}: ${message}`,
  }
}

/** A key as the reference writes it, with the position in each list: `integrations[0].owner[1]`. */
const keyText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')

const sentenceOf = ({ code, message }: YAMLParseError): string =>
  code === 'TAB_AS_INDENT' ? 'a line begins with a tab; use spaces' : message

/** The place of a key that readers of the content would silently skip. */
const unusableKey = (document: Document): number | undefined => {
  let found: number | undefined
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '__proto__') found ??= key.range?.[0] ?? 0
    },
  })
  return found
}

/** Writes a value as YAML, each text on one line. Characters that could control a terminal are escaped. */
export const writeYaml = (value: unknown): string => {
  const text = stringify(value, { lineWidth: 0 })
  const isPlain = printableLines(text) === text
  // YAML reads escapes only between double quotes.
  return isPlain ? text : printableLines(stringify(value, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE' }))
}
