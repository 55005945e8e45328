import { z } from 'zod'
import { type Item, isFolder } from '../../domain/resource.ts'
import { isExcepted } from '../../domain/routing.ts'
import { isNameable } from './obstacles.ts'

/** The paths that discovery shows, by `include` and `exclude` of an integration. */
export type PathFilter = {
  covers(path: string): boolean
  /**
   * Whether all that a folder reaches is covered, or left out by the item itself. Any other item reaches its path alone.
   * What no rule can leave out by a pattern is only found by a look at the vault.
   */
  coversBeneath(item: Pick<Item, 'path' | 'except'>): boolean
  /** Whether everything in a folder is on offer, except for what it leaves out. */
  includesBeneath(folder: string): boolean
  /** What a folder must except, whether it exists or not: complete paths, and beginnings that end in `*`. */
  excludedBeneath(folder: string): readonly string[]
  /** Whether any path below the folder (which ends in `/`) can be covered; discovery skips other folders. */
  mayCover(folder: string): boolean
}

/**
 * A path, mount first, such as `kv/apps/*`. A `*` matches any text between two slashes; a final `*` also matches
 * slashes. A literal `*` cannot be written. `kv/tmp/` is short for `kv/tmp/*`.
 */
export const pathPattern = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('/'), 'begin with the mount, without a slash')
  .refine((text) => !text.includes('**'), 'one "*" is enough: at the end it stands for everything below')
  .transform((text) => (text.endsWith('/') ? `${text}*` : text))

/** Without `include` patterns everything is included; `exclude` wins. */
export const pathFilter = (include: readonly string[], exclude: readonly string[]): PathFilter => {
  const wanted = include.map(patternOf)
  const unwanted = exclude.map(patternOf)
  const excludedBeneath = (folder: string) =>
    unwanted.map(({ ruleBeneath }) => ruleBeneath(folder)).filter((rule) => rule !== undefined)
  // A policy cannot say what only some of a folder's paths are, so one pattern must include the whole folder.
  const includesBeneath = (folder: string) =>
    (wanted.length === 0 || wanted.some(({ isOpen, fits }) => isOpen && fits(folder))) &&
    !unwanted.some(({ isOpen, fits }) => isOpen && fits(folder))
  return {
    includesBeneath,
    excludedBeneath,
    covers: (path) =>
      (wanted.length === 0 || wanted.some(({ fits }) => fits(path))) && !unwanted.some(({ fits }) => fits(path)),
    coversBeneath: (item) =>
      !isFolder(item) ||
      (includesBeneath(item.path) && excludedBeneath(item.path).every((rule) => isExcepted(item, rule))),
    mayCover: (folder) =>
      (wanted.length === 0 || wanted.some(({ mayFitBelow }) => mayFitBelow(folder))) &&
      !unwanted.some(({ fits, isOpen }) => isOpen && fits(folder)),
  }
}

/** Whether a path is covered by one of the patterns, of which there may be none. */
export const coveredBy = (patterns: readonly string[]): ((path: string) => boolean) => {
  const known = patterns.map(patternOf)
  return (path) => known.some(({ fits }) => fits(path))
}

const patternOf = (text: string) => {
  const isOpen = text.endsWith('*')
  const segments = text.split('/')
  const whole = new RegExp(`^${isOpen ? `${source(text.slice(0, -1))}.*` : source(text)}$`, 'su')
  const each = segments.map((segment) => new RegExp(`^${source(segment)}$`, 'su'))
  const fits = (path: string) => whole.test(path)
  const mayFitBelow = (folder: string) => {
    const given = folder.slice(0, -1).split('/')
    return (
      (isOpen && fits(folder)) || (given.length < each.length && given.every((name, index) => each[index]?.test(name)))
    )
  }
  /** The same as one rule; `undefined` when the pattern has a `*` in the middle there, or names nothing in the folder. */
  const ruleBeneath = (folder: string): string | undefined => {
    const depth = folder.split('/').length - 1
    const rest = segments.slice(depth).join('/')
    const plain = rest.replace(/\*$/, '')
    if (depth >= segments.length || !mayFitBelow(folder) || plain.includes('*')) return undefined
    return isNameable(`${folder}${plain}`.replace(/\/$/, '')) ? `${folder}${rest}` : undefined
  }
  return { isOpen, fits, mayFitBelow, ruleBeneath }
}

const source = (text: string): string =>
  text
    .split('*')
    .map((plain) => plain.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
    .join('[^/]*')
