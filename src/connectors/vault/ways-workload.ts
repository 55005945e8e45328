import type { Way } from '../../domain/credential.ts'
import type { Item } from '../../domain/resource.ts'
import type { Workload } from '../../domain/workload.ts'
import { agentConfig, fileOf, isToFill, unfit } from './agent-files.ts'
import type { Authority } from './authority.ts'
import { cronJob } from './cron-job.ts'
import { externalSecrets } from './external-secrets.ts'
import { injected } from './injector.ts'
import type { Use } from './uses.ts'
import { clusterName, type Login, methodOf } from './workload-login.ts'

type Where = {
  readonly address: string
  readonly namespace?: string | undefined
  readonly program: 'bao' | 'vault'
  readonly authority?: Authority | undefined
}

/**
 * How a workload uses an access without a program of its own: files of an agent, objects for External Secrets, and the
 * annotations of the agent injector. Each text says what of the access does not fit, and that a copy outlives it.
 */
export const waysOfWorkload = (
  where: Where,
  items: readonly Item[],
  uses: readonly Use[],
  login: Login,
): readonly Way[] => {
  const fetched = uses.filter(({ engine, verb }) => engine === 'kv' && verb === 'fetch')
  const { workload } = login
  const name = clusterName(workload, items)
  const named = fetched.filter((use) => !isToFill(use.name))
  const notes = unfit(uses)
  const given = { ...where, login, name, fetched: named, notes }
  const secretIds: readonly Way[] =
    workload.kind === 'approle'
      ? [{ kind: 'cron-job', title: 'A CronJob that fetches a fresh secret_id', text: cronJob(given) }]
      : []
  if (fetched.length === 0) return secretIds
  return [
    { kind: 'agent', title: `A file that ${where.program} agent keeps`, text: agentOf(where, fetched, login, notes) },
    ...(named.length > 0 && workload.kind !== 'job'
      ? [{ kind: 'external-secrets', title: 'Objects for External Secrets', text: externalSecrets(given) } as const]
      : []),
    ...(named.length > 0 && workload.kind === 'kubernetes'
      ? [{ kind: 'injector', title: 'A patch for the agent injector', text: injected({ ...given, workload }) } as const]
      : []),
    ...secretIds,
  ]
}

const agentOf = (where: Where, fetched: readonly Use[], login: Login, notes: readonly string[]): string => {
  const { program } = where
  const { workload } = login
  const files = fetched.map((_, position) => fileOf(position)).join(' ')
  const run = `${program} agent -config=latchkey-agent.hcl`
  const isOnce = workload.kind === 'job'
  const intro = [
    `Save this as latchkey-agent.hcl. ${beforeRun(workload)} Then:`,
    isOnce ? `timeout 60 ${run} -exit-after-auth` : `(trap 'rm -f ${files}' EXIT; ${run})`,
    isOnce
      ? 'The agent writes the files once and ends. They, and each copy of them, outlive the access: remove them yourself.'
      : 'The agent ends within half a minute after the access, and this line then removes the files. A copy that somebody',
    ...(isOnce ? [] : ['made of them outlives the access: the vault cannot take back what was read.']),
    ...notes,
  ]
  return agentConfig(fetched, { ...where, intro, method: methodOf(login) })
}

/** What must be there before the agent starts. */
const beforeRun = (workload: Workload): string => {
  switch (workload.kind) {
    case 'kubernetes':
      return `The pod runs as ${workload.serviceAccount}, with a token for “${workload.audience}” mounted (see the patch).`
    case 'jwt':
      return `Write the token for “${workload.audience}” to latchkey-jwt, readable by you alone.`
    case 'approle':
      return 'Write role_id and secret_id to files of these names, readable by you alone.'
    case 'job':
      return 'Write the role_id to role_id and the wrapping token to wrapped_secret_id, readable by you alone.'
    default:
      return workload satisfies never
  }
}
