/** Answers whether a path, relative to the context, may be copied. */
export type MayCopy = (path: string) => boolean

/** Reads a `.dockerignore`: the last pattern that matches a path, or a folder above it, decides. */
export const parseIgnore = (text: string): MayCopy => {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isException: line.startsWith('!'), expression: expressionOf(line.replace(/^!/, '')) }))
  return (path) => {
    const withParents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
    const last = patterns.findLast(({ expression }) => withParents.some((one) => expression.test(one)))
    return last === undefined || last.isException
  }
}

const expressionOf = (pattern: string): RegExp => {
  if (/[?[\\]/.test(pattern)) throw new Error(`.dockerignore: "${pattern}" is not understood; use names, * and ** only`)
  const parts = pattern
    .replace(/^\/+|\/+$/g, '')
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) => wildcards[part] ?? part.replace(/[.+^${}()|\]]/g, '\\$&'))
  return new RegExp(`^${parts.join('')}$`)
}

const wildcards: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' }
