/** A failure of something outside, classified once at its border. The message may be stored and shown to owners. */
export class ExternalError extends Error {
  readonly transient: boolean
  /** Short and stable, such as `unreachable`, `sealed`, `denied`, `bad-credentials`, `plan-changed`. */
  readonly code: string
  /** The pause that the outside asked for, in milliseconds. */
  readonly retryAfter: number | undefined
  constructor(code: string, message: string, options: { transient: boolean; cause?: unknown; retryAfter?: number }) {
    super(message.slice(0, 240))
    this.name = 'ExternalError'
    this.code = code
    this.transient = options.transient
    this.retryAfter = options.retryAfter
  }
}

/** Issuing failed at a moment when the outside cannot have given anything. */
export class NothingGiven extends ExternalError {}
