import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isNode, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'

const charts = join(import.meta.dirname, '../../manifests/helm')

/** The names of our charts that have a page. */
export const chartNames = (): readonly string[] =>
  readdirSync(charts).filter((name) => existsSync(join(charts, name, 'README.md')))

/** One value: its key with dots, its default as in a file of values, and what its comment says. */
export type ChartValue = { readonly key: string; readonly byDefault: string; readonly meaning: string }

/** Every value of a chart, in the order of `values.yaml`. Throws where one has no comment above it. */
export const valuesOf = (chart: string): readonly ChartValue[] => {
  const document = parseDocument(readFileSync(join(charts, chart, 'values.yaml'), 'utf8'))
  if (!isMap(document.contents)) return []
  return valuesIn(document.contents, '', document.commentBefore ?? document.contents.commentBefore ?? undefined)
}

/** A map is one value where the comments are above the map, not above its keys. */
const valuesIn = (map: YAMLMap, path: string, first: string | undefined): readonly ChartValue[] =>
  map.items.flatMap((pair, index) => {
    const key = `${path}${isScalar(pair.key) ? String(pair.key.value) : ''}`
    const { value } = pair
    const above = commentAbove(pair) ?? (index === 0 ? first : undefined)
    if (isMap(value) && hasComments(value)) return valuesIn(value, `${key}.`, value.commentBefore ?? undefined)
    if (above === undefined) throw new Error(`${key} in the values of a chart has no comment above it`)
    const plain: unknown = isNode(value) ? value.toJSON() : value
    return [{ key, byDefault: JSON.stringify(plain), meaning: above.replaceAll(/\s*\n\s*/g, ' ').trim() }]
  })

const hasComments = (map: YAMLMap): boolean =>
  Boolean(map.commentBefore) ||
  map.items.some((pair) => commentAbove(pair) !== undefined || (isMap(pair.value) && hasComments(pair.value)))

const commentAbove = ({ key }: Pair): string | undefined =>
  isScalar(key) ? (key.commentBefore ?? undefined) : undefined
