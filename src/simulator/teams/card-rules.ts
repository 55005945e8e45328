import { z } from 'zod'
import { isObject, type JsonObject } from '../common/json.ts'
import { actionSchemas, elementSchemas } from './card-schema.ts'
import type { AdaptiveCard } from './cards.ts'

/** Where a card is shown: dialogs and messages differ in what works there. */
export type CardPlace = 'message' | 'dialog'

/** The largest message in UTF-16 bytes: 100 KB (page `format-your-bot-messages`). */
export const mostMessageBytes = 100 * 1024

/** What a client or the service would not accept, with the path of each complaint; empty for a good card. */
function complaintsAbout(json: unknown, place: CardPlace): string[] {
  if (!isObject(json)) return ['a card is an object']
  const complaints: string[] = []
  const complain = (path: string, text: string) => void complaints.push(`${path}: ${text}`)
  const walk = createWalk(complain, place)
  const parsed = cardSchema.safeParse(json)
  if (!parsed.success) addIssues(parsed.error, 'card', complain)
  const version = versionOf(json.version)
  if (version === undefined) complain('card.version', 'a version such as "1.5" is needed')
  // adaptivecards 3.0.6 reports any later version as unsupported.
  else if (version > 6) complain('card.version', 'no client knows a version above 1.6')
  walk.elements(json.body, 'card.body')
  walk.actions(json.actions, 'card.actions')
  if (isObject(json.refresh)) {
    walk.action(json.refresh.action, 'card.refresh.action')
    const { userIds } = json.refresh
    // Page `user-specific-views`.
    if (Array.isArray(userIds) && userIds.length > 60) complain('card.refresh.userIds', 'at most 60 people')
    if (place === 'dialog') complain('card.refresh', 'a dialog has no refresh')
  }
  const usesExecute = walk.types().includes('Action.Execute') || json.refresh !== undefined
  // Below 1.4 such a card stops working (page `work-with-universal-actions`).
  if (usesExecute && (version ?? 0) < 4) complain('card.version', 'Action.Execute and refresh need 1.4 or later')
  for (const id of repeated(walk.ids())) complain('card', `two inputs have the id "${id}"`)
  return complaints
}

/** The card, checked; throws an Error with all complaints. */
export function checkedCard(json: unknown, place: CardPlace): AdaptiveCard {
  const complaints = complaintsAbout(json, place)
  if (complaints.length > 0) throw new Error(`this card does not work in Teams: ${complaints.join('; ')}`)
  return json as AdaptiveCard
}

const cardSchema = z.strictObject({
  type: z.literal('AdaptiveCard'),
  version: z.string(),
  $schema: z.string().optional(),
  body: z.array(z.unknown()).optional(),
  actions: z.array(z.unknown()).optional(),
  refresh: z
    .strictObject({ action: z.unknown(), userIds: z.array(z.string().regex(/^29:|^8:orgid:/)).optional() })
    .optional(),
  msteams: z
    .strictObject({ width: z.literal('Full').optional(), entities: z.array(z.unknown()).optional() })
    .optional(),
  fallbackText: z.string().optional(),
  speak: z.string().optional(),
  lang: z.string().optional(),
  rtl: z.boolean().optional(),
})

/** The minor number of a version 1.x. */
const versionOf = (version: unknown): number | undefined => {
  const minor = typeof version === 'string' ? /^1\.(\d)$/.exec(version)?.[1] : undefined
  return minor === undefined ? undefined : Number(minor)
}

const repeated = (ids: readonly string[]): string[] => ids.filter((id, index) => ids.indexOf(id) !== index)

function addIssues(error: z.ZodError, path: string, complain: (path: string, text: string) => void): void {
  for (const issue of error.issues) complain([path, ...issue.path.map(String)].join('.'), issue.message)
}

function createWalk(complain: (path: string, text: string) => void, place: CardPlace) {
  const types: string[] = []
  const ids: string[] = []

  const check = (json: unknown, path: string, schemas: Readonly<Record<string, z.ZodType>>): JsonObject | undefined => {
    if (!isObject(json)) return void complain(path, 'an object is needed')
    const type = String(json.type)
    types.push(type)
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined
    if (schema === undefined) return void complain(path, `"${type}" is not played here`)
    const parsed = schema.safeParse(json)
    if (!parsed.success) addIssues(parsed.error, `${path}(${type})`, complain)
    return json
  }
  const action = (json: unknown, path: string): void => {
    const checked = check(json, path, actionSchemas)
    if (checked === undefined) return
    // The pages on dialogs know Action.Submit only; an Execute there is documented nowhere.
    if (place === 'dialog' && checked.type === 'Action.Execute') complain(path, 'a dialog has no Action.Execute')
    if (isObject(checked.fallback)) {
      action(checked.fallback, `${path}.fallback`)
      if (checked.fallback.type === 'Action.Execute')
        complain(`${path}.fallback`, 'an old client knows no Action.Execute')
    }
  }
  const actions = (list: unknown, path: string): void => {
    if (!Array.isArray(list)) return
    // Teams shows six in a row (a limit that people report; the pages name none).
    if (list.length > 6) complain(path, 'at most six buttons in a row')
    list.forEach((each, index) => {
      action(each, `${path}[${index}]`)
    })
  }
  const elements = (list: unknown, path: string): void => {
    if (!Array.isArray(list)) return
    list.forEach((each, index) => {
      const at = `${path}[${index}]`
      const checked = check(each, at, elementSchemas)
      if (checked === undefined) return
      if (String(checked.type).startsWith('Input.')) ids.push(String(checked.id))
      elements(checked.items, `${at}.items`)
      elements(checked.columns, `${at}.columns`)
      actions(checked.actions, `${at}.actions`)
    })
  }
  return { action, actions, elements, types: () => types, ids: () => ids }
}
