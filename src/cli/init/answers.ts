import type { Io } from '../io.ts'
import { CliError, exitCodes, usageError } from '../trouble.ts'

/** One question, or what an option said in its place. */
export type Question<T> = {
  /** The option with the answer. */
  readonly option: string
  readonly given?: string | undefined
  readonly text: string
  /** Taken when nothing is typed, and where nobody can answer. */
  readonly proposal?: string | undefined
  /** Must be answered by an option where nobody can be asked, in spite of the proposal. */
  readonly isNeeded?: boolean
  readonly isHidden?: boolean
  /** Reads the answer. A `CliError` says what to write instead, and the question is asked again. */
  readonly read: (text: string) => T | Promise<T>
}

/** Asks until an answer can be read. */
export type Asker = <T>(question: Question<T>) => Promise<T>

/** `needed` lists the options that must be given where nobody can answer. */
export const newAsker =
  (io: Pick<Io, 'ask' | 'note'>, needed: () => readonly string[]): Asker =>
  async ({ option, given, text, proposal, isNeeded, isHidden, read }) => {
    if (given !== undefined) {
      if (!isHidden) io.note(`${text}: ${given}`)
      try {
        return await read(given)
      } catch (error) {
        throw error instanceof CliError ? usageError(`${option}: ${error.message}`) : error
      }
    }
    for (;;) {
      const typed = await asked(io, `${text}${proposal === undefined ? '' : ` [${proposal}]`}: `, isHidden)
      if (typed === undefined && (isNeeded || proposal === undefined))
        throw usageError(`the input is no terminal, so nobody can be asked: give ${needed().join(', ') || option}`)
      try {
        return await read((typed ?? '').trim() || (proposal ?? ''))
      } catch (error) {
        if (!(error instanceof CliError) || error.exitCode === exitCodes.interrupted) throw error
        if (typed === undefined) throw usageError(`${option}: ${error.message}`)
        io.note(`  ${error.message}`)
      }
    }
  }

const asked = (io: Pick<Io, 'ask'>, question: string, isHidden = false): Promise<string | undefined> =>
  io.ask(question, { isHidden }).catch((error: unknown) => {
    const isInterrupted = error instanceof CliError && error.exitCode === exitCodes.interrupted
    throw isInterrupted ? new CliError('nothing was written', exitCodes.interrupted) : error
  })

/** The parts of an answer with commas or blanks. */
export const parts = (text: string): readonly string[] => [...new Set(text.split(/[\s,]+/).filter((one) => one !== ''))]
