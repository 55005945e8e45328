import { rolesText } from '../domain/operator-role.ts'
import type { Refusal } from '../domain/refusal.ts'
import { durationText } from './copy-time.ts'
import type { Text } from './view-model.ts'

type Coded<Code extends Refusal['code']> = Extract<Refusal, { code: Code }>

/** What only a call of the API is told. */
export const apiRefusals = {
  'needs-fresh-sign-in': ({ within }: Coded<'needs-fresh-sign-in'>): Text => [
    `This needs a sign-in of the last ${durationText(within)}. Sign in again: “latchkey sign-in”.`,
  ],
  'not-an-auditor': (): Text => [
    'You are not among those who may read the audit log. Ask an administrator to name you in “auditors”.',
  ],
  'needs-role': ({ verb, needs }: Coded<'needs-role'>): Text => [
    'The verb ',
    { code: verb },
    ` needs the role ${rolesText(needs)}, which you do not hold. Ask an administrator to name you in “operators”.`,
  ],
  'not-done': ({ why }: Coded<'not-done'>): Text => [`${why.charAt(0).toUpperCase()}${why.slice(1)}.`],
  'unknown-pipeline': (): Text => [
    'This token is valid, but its claims are those of no configured pipeline. Compare them with “pipelines” in the configuration.',
  ],
  'not-for-pipelines': (): Text => [
    'A pipeline asks for access and uses its own. It decides nothing, and reads nothing of others: people do that, in chat or signed in.',
  ],
  'idempotency-key-reused': (): Text => [
    'This Idempotency-Key came with another body before. Draw a new key for each new request.',
  ],
  'too-many-calls': ({ again }: Coded<'too-many-calls'>): Text => [
    'Too many calls in a minute. Call again ',
    { time: again },
    '.',
  ],
  'too-many-waiting': ({ most }: Coded<'too-many-waiting'>): Text => [
    `You already wait for ${most} requests at once, which is the limit for one person. Let one of these calls end first.`,
  ],
}
