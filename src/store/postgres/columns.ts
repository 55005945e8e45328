import type { ZodType } from 'zod'
import type { Seconds, Timestamp } from '../../domain/time.ts'
import * as json from '../rows/json.ts'
import { boolean, customType, integer } from './drizzle.ts'

/** Column types that several tables share. */
export const moment = () => integer().$type<Timestamp>()
export const length = () => integer().$type<Seconds>()
export const flag = () => boolean()

/**
 * JSON as text, as every database of ours keeps it. It is parsed at every read: a damaged row is an error, never a wrong
 * value.
 */
export const parsed = <T>(schema: ZodType<T>) =>
  customType<{ data: T; driverData: string | null }>({
    dataType: () => 'text',
    // Prepared statements also encode absent values.
    toDriver: (value) => (value === null ? null : readable(json.canonicalJson(value))),
    fromDriver: (stored) => schema.parse(JSON.parse(stored ?? 'null')),
  })()

/** JSON in which PostgreSQL can read parts: NUL, or half a pair of surrogates, would keep it from reading any. */
export const readable = (text: string): string => text.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f]..)/g, '$1\\ufffd')
/** Rows for `json_to_recordset`. */
export const recordset = (rows: readonly unknown[]): string => readable(JSON.stringify(rows))
