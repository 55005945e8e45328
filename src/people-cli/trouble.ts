/** What each exit code means; the README has the same table. */
export const exitCodes = {
  fine: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  refused: 4,
  notGiven: 5,
  notFound: 6,
  away: 7,
  conflict: 8,
  interrupted: 130,
} as const

/** The exit code in words, for the help and the README. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed for another reason',
  2: 'the command line is wrong, or nobody is there to confirm',
  3: 'not signed in, or the session has ended',
  4: 'refused: by Latchkey, or by the vault',
  5: 'the request was denied, has expired, or was still undecided when the waiting ended',
  6: 'there is no such secret, version, request or access',
  7: 'Latchkey or the vault does not answer',
  8: 'the secret exists already, or somebody else changed it meanwhile',
  130: 'interrupted',
}

/** An end with a sentence for the person and an exit code. `more` lines follow the sentence, such as a remedy. */
export class CliError extends Error {
  readonly exitCode: number
  readonly more: readonly string[]

  constructor(message: string, exitCode: number = exitCodes.failed, more: readonly string[] = []) {
    super(message)
    this.exitCode = exitCode
    this.more = more
  }
}

/** A refusal by Latchkey: its code is for programs, its sentence is the one that chat shows. */
export class ApiError extends CliError {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string, more: readonly string[] = []) {
    super(message, exitCodeOf(status), more)
    this.status = status
    this.code = code
  }
}

const exitCodeOf = (status: number): number => {
  if (status === 400 || status === 422) return exitCodes.usage
  if (status === 401) return exitCodes.notSignedIn
  if (status === 403) return exitCodes.refused
  if (status === 404) return exitCodes.notFound
  if (status === 409) return exitCodes.conflict
  return status === 502 || status === 503 || status === 504 ? exitCodes.away : exitCodes.failed
}
