import { isObject, type JsonObject, parseJson } from '../common/json.ts'
import { complaintError } from './slack-error.ts'

/** Arguments that forms carry as JSON. */
const jsonFields = ['blocks', 'view', 'metadata', 'attachments']

/** The arguments of a call, from a form or from JSON, depending on the content type. */
export function argumentsOf(contentType: string, body: string): JsonObject {
  if (contentType.startsWith('application/json')) {
    const value = parseJson(body)
    return isObject(value) ? value : {}
  }
  const args: JsonObject = Object.fromEntries(new URLSearchParams(body))
  for (const field of jsonFields) {
    const value = args[field]
    if (typeof value === 'string') args[field] = parseJson(value) ?? value
  }
  return args
}

/** A text argument, or `undefined` when it is missing or empty. */
export function optionalText(args: JsonObject, name: string): string | undefined {
  const value = args[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A text argument; without it Slack answers `invalid_arguments`. */
export function requiredText(args: JsonObject, name: string): string {
  const value = optionalText(args, name)
  if (value === undefined) throw complaintError('invalid_arguments', [`[ERROR] missing required field: ${name}`])
  return value
}

/** A yes or no, which forms carry as text; `undefined` when it is missing. */
export function optionalFlag(args: JsonObject, name: string): boolean | undefined {
  const value = args[name]
  if (value === undefined || value === '') return undefined
  return value === true || value === 'true' || value === '1' || value === 1
}

/** A whole number between 1 and `maximum`, or the fallback. */
export function countArgument(args: JsonObject, name: string, fallback: number, maximum: number): number {
  const value = Number(args[name] ?? fallback)
  return Number.isInteger(value) && value > 0 ? Math.min(value, maximum) : fallback
}
