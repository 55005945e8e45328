import type { Handle, Plan } from '../../../domain/connector.ts'
import type { Connector } from '../../../ports.ts'
import { vaultCalls } from '../calls.ts'
import { type Flavour, ownPolicies, type VaultContext } from '../context.ts'
import { failure } from '../failure.ts'
import { readHandle, withPolicy } from '../handle.ts'
import { quoted } from '../shell-words.ts'
import { hasOnly } from './check-token.ts'
import { reachOf } from './choose.ts'
import { lentByPlan } from './documents.ts'
import { cut, revoke, withdraw } from './end.ts'
import { endToken, ownWrapping, proveEnded } from './end-lent.ts'
import { issue, provision, reveal, type Trials } from './lend.ts'
import type { Lending } from './lending.ts'
import { lentIn, withDraw } from './notes.ts'
import { standingOf } from './standing.ts'
import { tokenCalls } from './token-calls.ts'

/** What differs where the bot only lends. It writes nothing, so nothing of it is left behind or to be narrowed. */
export const containedVerbs = (context: VaultContext, lending: Lending, product: () => Flavour) => {
  const { names, params, mounts, clock } = context
  const trials: Trials = new Map()
  // A later draw without a credential changes nothing about what was handed out last.
  const newestLent = (handle: Handle) => lentIn(ownPolicies(context, handle)).at(-1)
  const refuseForeign = (isOurs: boolean, name: string) => {
    if (!isOurs) throw failure('not-ours', `${name} is not a name of this instance.`)
  }
  return {
    contained: true,
    reach: (items) => reachOf(items, lending, mounts),
    draw: (grant, handle, use) => {
      const before = readHandle(handle)
      const drawn = withPolicy(before, names.drawPolicy(grant, before.drawn))
      return use === 'issue' ? withDraw(drawn, params, clock.now()) : drawn
    },
    provision: (order) => provision(context, order, trials),
    issue: (order) => issue(context, order),
    reveal: (order, wrapping) => reveal(context, order, wrapping),
    withdraw: (order) => withdraw(context, order),
    revoke: (order, isThorough) => revoke(context, order, isThorough),
    cut: (handle) => cut(context, handle),
    narrow: async () => {
      throw failure('not-offered', 'Folders are not given here, so nothing can be narrowed.')
    },
    manualRevoke: (handle) => {
      const namespace = params.namespace === undefined ? '' : ` ${quoted(`-namespace=${params.namespace}`)}`
      const program = product() === 'openbao' ? 'bao' : 'vault'
      const accessors = lentIn(readHandle(handle)).flatMap(({ wrapping, token }) => [wrapping, token])
      return accessors.map((one) => `${program} token revoke${namespace} -accessor ${quoted(one)}`).join('; ')
    },
    inspect: (handle, plan) => inspect(context, handle, plan),
    leftovers: async () => undefined,
    remove: async ({ kind, name }) => {
      refuseForeign(kind === 'policy' ? names.ownsPolicy(name) : names.ownsUser(name), name)
      if (kind === 'account') return false
      // Only the database knows its accessor, and a bot that only lends may not list any.
      context.log.warn(
        { name },
        'a token of this name may live until its end: an administrator ends it by vault kill-all',
      )
      throw failure('rights-missing', `Only an administrator can find what was lent as ${name}.`)
    },
    disarm: async (account) => refuseForeign(names.ownsUser(account), account),
    wrappings: {
      isThere: async (handle) => {
        const lent = newestLent(handle)
        return lent !== undefined && ownWrapping(tokenCalls(context.send), lent)
      },
      revoke: async (handle) => {
        const [lent, tokens] = [newestLent(handle), tokenCalls(context.send)]
        if (!lent || !(await ownWrapping(tokens, lent))) return false
        return (await tokens.revoke(lent.wrapping, 'once')) === 'ended'
      },
      endToken: async (handle) => {
        const [lent, tokens] = [newestLent(handle), tokenCalls(context.send)]
        if (!lent) return
        await endToken(tokens, lent)
        await proveEnded(tokens, lent)
      },
    },
  } satisfies Partial<Connector>
}

/**
 * Whether the policies are as approved, and each live token has exactly these. A role that differs gives nothing new, but
 * changes no token that exists. So an administrator who lends more does not end what is live.
 */
const inspect = async (context: VaultContext, handle: Handle, plan: Plan): Promise<'sound' | 'missing' | 'altered'> => {
  const tokens = tokenCalls(context.send)
  const standing = await standingOf(context, { calls: vaultCalls(context.send), tokens }, plan)
  if (standing.is !== 'sound' && standing.what === 'policy') return standing.is
  if (standing.is !== 'sound')
    context.log.warn({ which: standing.which }, 'a token role is not as configured, so nothing new is lent by it')
  const policies = lentByPlan(plan)?.policies ?? []
  const found = await Promise.all(lentIn(readHandle(handle)).map(({ token }) => tokens.lookUp(token)))
  return found.every((one) => !one || hasOnly(one, policies)) ? 'sound' : 'altered'
}
