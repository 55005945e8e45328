/** The exit codes. */
export const exitCodes = {
  /** The command succeeded and found no fault. */
  fine: 0,
  /** The command failed, or the checked thing is not in order. */
  failed: 1,
  /** The command line was wrong; nothing was done. */
  usage: 2,
  /** Somebody pressed Ctrl-C at a question. */
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends the command with a sentence for the person at the terminal, without a stack. */
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
