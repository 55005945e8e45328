/** What the shell gets. */
export const exitCodes = {
  /** Done, and nothing to complain about. */
  fine: 0,
  /** It failed, or what was checked is not in order. */
  failed: 1,
  /** The command line itself was wrong; nothing was done. */
  usage: 2,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends the command with a sentence for the person at the terminal, and no stack. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  constructor(message: string, exitCode: ExitCode = exitCodes.failed, cause?: unknown) {
    super(message, { cause })
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** The same for a wrong command line. */
export const usageError = (message: string): CliError => new CliError(message, exitCodes.usage)
