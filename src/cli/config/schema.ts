import { z } from 'zod'
import { chatKinds } from '../../chat/index.ts'
import { meaningsWith } from '../../config/meanings.ts'
import { configFile } from '../../config/schema.ts'
import { vaultParams } from '../../connectors/vault/params.ts'
import { lengthText } from '../../domain/length.ts'
import type { Io } from '../io.ts'

const meanings = meaningsWith(chatKinds)
type Node = { [key: string]: unknown }

/** Prints the schema with which an editor completes and checks the file. */
export const printSchema = (io: Pick<Io, 'say'>): void => io.say(JSON.stringify(configSchema(), undefined, 2))

/** The JSON Schema of the configuration file, including the vault's settings; each key has its meaning. */
export const configSchema = (): Node => {
  const schema = toSchema(configFile(chatKinds))
  const integration = nodeAt(schema, 'properties', 'integrations', 'items')
  const { $schema: _, ...vault } = toSchema(vaultParams)
  Object.assign(nodeAt(integration, 'properties'), { vault })
  explain(schema, '')
  return { ...schema, title: 'Latchkey', description: 'The configuration file of Latchkey' }
}

const toSchema = (schema: z.ZodType): Node =>
  z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema: { _zod }, jsonSchema }) => {
      // The library does not describe a party, nor the default of a transformed value such as a length.
      if (_zod.def.type === 'custom')
        Object.assign(jsonSchema, { type: 'string', pattern: '^(person|group):[a-z0-9][a-z0-9-]*$' })
      if (_zod.def.type === 'default') jsonSchema.default ??= _zod.def.defaultValue
    },
  }) as Node

const nodeAt = (node: Node, ...path: readonly string[]): Node =>
  path.reduce((at, key) => (isNode(at[key]) ? at[key] : {}), node)
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Adds the meaning of each key, and writes defaults in seconds as lengths. */
const explain = (node: Node, path: string): void => {
  for (const [key, child] of Object.entries(nodeAt(node, 'properties'))) {
    if (!isNode(child)) continue
    const place = path === '' ? key : `${path}.${key}`
    if (meanings[place]) child.description = meanings[place]
    if ('default' in child) child.default = asWritten(child.default, child)
    explain(child, place)
  }
  if (isNode(node.items)) explain(node.items, `${path}.*`)
  for (const choice of Array.isArray(node.anyOf) ? node.anyOf : []) if (isNode(choice)) explain(choice, path)
}

const asWritten = (value: unknown, schema: Node): unknown => {
  if (Array.isArray(value)) return value.map((one) => asWritten(one, nodeAt(schema, 'items')))
  return typeof value === 'number' && schema.type === 'string' ? lengthText(value) : value
}

/** Every key of the schema, as in the table of meanings. */
export const schemaKeys = (node: Node = configSchema(), path = ''): readonly string[] => {
  const own = Object.entries(nodeAt(node, 'properties')).flatMap(([key, child]) => {
    const place = path === '' ? key : `${path}.${key}`
    return isNode(child) ? [place, ...schemaKeys(child, place)] : [place]
  })
  const items = isNode(node.items) ? schemaKeys(node.items, `${path}.*`) : []
  const choices = (Array.isArray(node.anyOf) ? node.anyOf : []).flatMap((one) =>
    isNode(one) ? schemaKeys(one, path) : [],
  )
  return [...own, ...items, ...choices]
}
