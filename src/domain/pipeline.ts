import { cleanLine, cutEnd } from './clean.ts'
import { type PersonId, personId } from './ids.ts'

/** A job of a CI system that asks for access itself. It proves each run by a token that the CI system signs. */
export type Pipeline = {
  readonly key: string
  /** The CI system exactly as its tokens name it. */
  readonly issuer: string
  /** What the CI system calls us in these tokens. */
  readonly audience: string
  /** Where the keys of the issuer are, if its discovery document is not to be asked. */
  readonly jwksUrl?: string | undefined
  /** The claims of a run that is this pipeline, letter by letter. */
  readonly claims: Readonly<Record<string, string>>
  /** The groups of the people file in which it counts as a member. */
  readonly groups: readonly string[]
}

/** One run of a pipeline, by the words of its issuer. */
export type Run = { readonly issuer: string; readonly claims: readonly RunClaim[] }
export type RunClaim = { readonly name: string; readonly value: string }

/** The pipeline as a requester. No key of the people file may be the same. */
export const pipelinePerson = ({ key }: Pick<Pipeline, 'key'>): PersonId => personId(`pipeline-${key}`)

/** The name that people read. */
export const pipelineName = ({ key }: Pick<Pipeline, 'key'>): string => `pipeline ${key}`

/** Claims that say which person started a run. */
export const personalClaims = ['actor', 'actor_id', 'user_login', 'user_id', 'user_email'] as const

/** Claims that every project of an issuer may have: they do not say whose run it is. */
const commonClaims: ReadonlySet<string> = new Set([
  ...['iss', 'aud', 'exp', 'iat', 'nbf', 'jti', 'ref', 'ref_type', 'ref_protected', 'ref_path', 'base_ref', 'head_ref'],
  ...['environment', 'environment_protected', 'deployment_tier', 'environment_action', 'event_name', 'pipeline_source'],
  ...['job_workflow_ref', 'job_workflow_sha', 'user_access_level', 'run_number', 'run_id', 'check_run_id', 'job_id'],
  ...['pipeline_id', 'ci_config_ref_uri', 'ci_config_sha', 'workflow_sha', 'sub_sha', 'runner_group'],
  ...[...personalClaims, 'runner_id'],
  ...['runner_environment', 'workflow', 'repository_visibility', 'project_visibility', 'sha', 'run_attempt'],
  ...['repository_owner', 'repository_owner_id', 'namespace_path', 'namespace_id', 'enterprise', 'enterprise_id'],
])

/** Whether a claim can say whose project a run belongs to. */
export const isOfProject = (claim: string): boolean => !commonClaims.has(claim)

/** Whether the claims say whose runs they mean, and not only which issuer, organisation or branch. */
export const namesProject = (claims: Pipeline['claims']): boolean => Object.keys(claims).some(isOfProject)

/** Whether a single run could be both: no claim tells them apart. */
export const areAlike = (one: Pipeline, other: Pipeline): boolean =>
  one.issuer === other.issuer &&
  one.audience === other.audience &&
  Object.entries(one.claims).every(([name, value]) => {
    const theirs = Object.hasOwn(other.claims, name) ? other.claims[name] : undefined
    return theirs === undefined || theirs === value
  })

type Payload = Readonly<Record<string, unknown>>

/** Whether the claims of a run are exactly those of the pipeline. Only texts count. */
export const isRunOf = ({ claims }: Pick<Pipeline, 'claims'>, payload: Payload): boolean =>
  Object.entries(claims).every(([name, value]) => Object.hasOwn(payload, name) && payload[name] === value)

/** What whoever decides wants to know of a run, the most important first; nothing else of a token is kept. */
const toldClaims = [
  ...['repository', 'project_path', 'ref', 'environment', 'workflow', 'job_workflow_ref', 'event_name'],
  ...['pipeline_source', 'run_id', 'pipeline_id', 'job_id', 'actor', 'user_login', 'sha'],
]
const most = { claims: 8, letters: 100 }

/** The run for cards and records: a few claims on one line each, of limited length. */
export const runOf = ({ issuer, claims }: Pipeline, payload: Payload): Run => {
  const names = [...new Set([...Object.keys(claims), ...toldClaims, 'sub'])]
  const found = names.flatMap((name) => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined
    const text = typeof value === 'string' || typeof value === 'number' ? cleanLine(String(value)).trim() : ''
    return text === '' ? [] : [{ name, value: cutEnd(text, most.letters) }]
  })
  return { issuer, claims: found.slice(0, most.claims) }
}

/** The claims of a run in one line, such as `repository acme/shop, ref refs/heads/main`. */
export const runText = ({ claims }: Run): string => claims.map(({ name, value }) => `${name} ${value}`).join(', ')
