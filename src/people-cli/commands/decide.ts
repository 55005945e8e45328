import { openApi } from '../api/client.ts'
import type { AccessRequest } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { confirmed } from '../io.ts'
import { lengthOf, oneLine } from '../text.ts'

type Decision = {
  readonly verdict: 'approve' | 'deny'
  readonly note?: string | undefined
  readonly duration?: string | undefined
}
type DecideOptions = { readonly yes?: boolean; readonly json?: boolean; readonly policy?: boolean }

/** Shows a request, asks, and decides on exactly what was shown: on anything else Latchkey refuses. */
const decide = async ({ io, safe }: Context, id: string, decision: Decision, options: DecideOptions): Promise<void> => {
  const api = await openApi(safe)
  const at = `/requests/${encodeURIComponent(id)}`
  const request = await api.call<AccessRequest>('GET', at)
  for (const line of descriptionOf(request, options.policy === true)) io.note(line)
  await confirmed(io, decision.verdict === 'approve' ? 'Approve this?' : 'Deny this?', options.yes)
  const { plan } = request
  const body = { ...decision, ...(plan && { seen: { items: plan.items, plan: plan.hash } }) }
  const after = await api.call<AccessRequest>('POST', `${at}/decision`, { body })
  if (options.json) return io.say(JSON.stringify(after, null, 2))
  const done = decision.verdict === 'approve' ? 'You approved.' : 'You denied.'
  const rest = after.waitsFor.map(({ owners }) => owners.join(' or ')).join(', and ')
  io.say(
    after.state === 'pending' && rest !== '' ? `${done} It still waits for ${rest}.` : `${done} It is ${after.state}.`,
  )
}

const descriptionOf = (
  { requester, items, duration, reason, plan, outlasts = [] }: AccessRequest,
  withPolicy: boolean,
): string[] => [
  oneLine(`${requester.name} asks for ${lengthOf(duration)}: ${reason}`),
  ...items.map(({ path, permission, except = [], asked = [] }, index) => {
    const isYours = plan === undefined || plan.items.includes(index)
    const more = `${beneath('with', asked)}${beneath('without', except)}`
    return `  ${oneLine(`${path} (${permission}${more})`)}${isYours ? '' : ', which others decide on'}`
  }),
  ...outlasts.map((sentence) => `  ${oneLine(sentence)}`),
  ...(withPolicy && plan ? [plan.document] : []),
]

/** Paths beneath a folder: how many, and the first ones. The policy names all. */
const beneath = (how: string, paths: readonly string[]): string => {
  if (paths.length === 0) return ''
  const more = paths.length > mostNamed ? ', …' : ''
  return `, ${how} ${paths.length} beneath it: ${paths.slice(0, mostNamed).join(', ')}${more}`
}
const mostNamed = 3

type Approval = DecideOptions & { readonly note?: string; readonly for?: string }

export const approve = (context: Context, [id = '']: readonly string[], options: Approval): Promise<void> =>
  decide(context, id, { verdict: 'approve', note: options.note, duration: options.for }, options)

type Denial = DecideOptions & { readonly note: string }

export const deny = (context: Context, [id = '']: readonly string[], options: Denial): Promise<void> =>
  decide(context, id, { verdict: 'deny', note: options.note }, options)
