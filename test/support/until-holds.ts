import { vi } from 'vitest'

/** Asserts again and again until it holds, for far longer than it takes; throws the last failure. */
export const untilHolds = <T>(assert: () => T | Promise<T>): Promise<T> => vi.waitFor(assert, { timeout: 45_000 })
