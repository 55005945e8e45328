import type { JsonObject } from '../common/json.ts'

/** A refusal of the Web API: `ok: false` with Slack's code and further fields. */
export class SlackError extends Error {
  readonly code: string
  readonly details: JsonObject

  constructor(code: string, details: JsonObject = {}) {
    super(code)
    this.code = code
    this.details = details
  }
}

/** A refusal that lists the wrong arguments, as Slack does for blocks and views. */
export const complaintError = (code: string, complaints: readonly string[]): SlackError =>
  new SlackError(code, { response_metadata: { messages: complaints } })
