import { type Secret, secret } from '../../domain/secret.ts'
import type { Io } from '../io.ts'
import type { Asker } from './answers.ts'

/** The answer that leaves a secret for a later time. */
export const later = 'later'

/** The secrets of one chat, from the environment or typed. They are looked at, and never shown. */
export type Secrets = {
  /** What belongs in the environment file, by variable. */
  readonly typed: Readonly<Record<string, Secret>>
  /**
   * Asks for a secret, unless the environment has it. `check` throws a `CliError` that says what is wrong with it. Returns
   * `undefined` for a secret that is not there yet, or that only the server reads from a file.
   */
  ask(name: string, text: string, check: (value: string) => Promise<void>): Promise<Secret | undefined>
  /** Adds a variable to the environment file. */
  keep(name: string, value: string): void
}

export const newSecrets = (ask: Asker, { environment }: Pick<Io, 'environment'>): Secrets => {
  const typed: Record<string, Secret> = {}
  const keep = (name: string, value: string) => {
    typed[name] = secret(value)
  }
  return {
    typed,
    keep,
    ask: async (name, text, check) => {
      const set = environment[name] || (environment[`${name}_FILE`] ? undefined : '')
      if (set === undefined) return undefined // a mounted file belongs to the server
      return ask({
        option: name,
        given: set || undefined,
        text: `   ${text}, typed unseen`,
        proposal: later,
        isHidden: true,
        read: async (given) => {
          if (given === later) return undefined
          await check(given)
          if (given !== set) keep(name, given)
          return secret(given)
        },
      })
    },
  }
}
