import type { Secret } from '../../domain/secret.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { RunStep } from './durable-file.ts'
import { failure } from './failure.ts'

/** Where a secret_id lies, and the note of an unfinished renewal beside it. One renewal works on it at a time. */
export type SecretIdPlace = {
  /** Such as a path. */
  readonly name: string
  /** Throws `not-rotatable` unless the secret_id can be replaced. */
  check(): Promise<void>
  /** Runs the work unless another process works on the same place; returns whether it ran. */
  alone(work: () => Promise<void>): Promise<boolean>
  /** The lines of the note; none when no renewal is unfinished. */
  noted(): Promise<readonly string[]>
  note(lines: readonly string[], step: RunStep): Promise<void>
  replace(secretId: Secret, step: RunStep): Promise<void>
  /** Makes certain that a replacement whose answer was lost is either in place or will never be. */
  settle(): Promise<void>
  /** Throws when another process has taken the place over. Called before each destruction. */
  keep(): Promise<void>
  /** Removes the note, and what a killed renewal left. */
  clear(step: RunStep): Promise<void>
  /** When the secret_id was put there. */
  since(): Promise<Timestamp>
}

/** The failure of a renewal that met another one. */
export const crossed = (name: string) => failure('not-rotatable', `Somebody else changes ${name} at this moment.`)
