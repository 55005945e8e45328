import type { Timestamp } from '../../../domain/time.ts'

/** A moment as the API writes it. */
export const moment = (at: Timestamp): string => new Date(at).toISOString()
