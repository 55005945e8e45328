import type { Identity } from '../domain/card.ts'
import type { Pipeline, Run } from '../domain/pipeline.ts'
import type { Timestamp } from '../domain/time.ts'

/** What a proof of possession (RFC 9449) shows. */
export type ProvedKey = {
  /** The thumbprint of the key that signed the call (RFC 7638). */
  readonly key: string
  /** Names this one proof, so that it counts once. */
  readonly jti: string
}

/** Reads proofs of possession. */
export interface Proofs {
  /** The key that signed exactly this call, lately; with an access token, exactly this one. */
  read(proof: string, call: ProvedCall): Promise<ProvedKey | undefined>
  /** The thumbprint of a public key of the only kind that we accept (P-256); `undefined` for anything else. */
  thumbprint(key: unknown): Promise<string | undefined>
}
export type ProvedCall = { readonly method: string; readonly url: string; readonly token?: string | undefined }

/** What an access token of the issuer says. */
export type TokenHolder = {
  /** The person under each of the issuer's identities, the one to show first. */
  readonly identities: readonly [Identity, ...Identity[]]
  readonly signedInAt?: Timestamp
  /** The thumbprint of the key without which the token counts for nothing. */
  readonly key?: string
}

/** Reads access tokens of the issuer. A failure of the issuer is an `ExternalError`. */
export interface AccessTokens {
  /** `undefined` for everything but an access token for us, for a known client, that lasts. */
  read(token: string): Promise<TokenHolder | undefined>
}

/** Reads the tokens with which pipelines prove their runs. A failure of an issuer is an `ExternalError`. */
export interface PipelineTokens {
  /** `undefined` for everything but a token of a pipeline's issuer that is for us alone, and lasts. */
  read(token: string): Promise<PipelineRun | undefined>
}
/** `no-pipeline`: its issuer signed it for us, but its claims are those of no configured pipeline. */
export type PipelineRun =
  | { readonly is: 'pipeline'; readonly pipeline: Pipeline; readonly run: Run }
  | { readonly is: 'no-pipeline' }
