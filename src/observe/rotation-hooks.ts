import { readFile } from 'node:fs/promises'
import type { IntegrationId } from '../domain/ids.ts'
import { isNamedBy } from '../domain/routing.ts'
import type { Secret } from '../domain/secret.ts'
import { ExternalError, type RotationHooks } from '../ports.ts'
import { webhookKey, webhookKeyProblem } from '../webhook-key.ts'
import { type ReceiverOptions, rotationWebhook } from './webhook.ts'

/** A receiver for the secrets with that beginning. */
export type RotationRule = { readonly path: string; readonly webhook: string; readonly secretFile: string }

type Shared = Omit<ReceiverOptions, 'url' | 'secret'>

/** The receivers of an integration's rules, which read their key at each call. Throws where a key cannot be read now. */
export const rotationHooks = (
  integrations: readonly { readonly integration: { readonly id: IntegrationId }; readonly params: unknown }[],
  rulesIn: (params: unknown) => readonly RotationRule[],
  shared: Shared,
): RotationHooks => {
  const rules = new Map(integrations.map(({ integration, params }) => [integration.id, rulesIn(params)]))
  for (const [integration, own] of rules) {
    for (const [index, { secretFile }] of own.entries()) {
      const problem = webhookKeyProblem(secretFile)
      if (problem !== undefined) throw new Error(`${integration}: rotation[${index}].secretFile: ${problem}`)
    }
  }
  return (integration, path) => {
    const rule = rules.get(integration)?.find((one) => isNamedBy(one.path, path))
    if (!rule) return undefined
    return async (call, signal) => {
      const key = await keyOf(rule)
      await rotationWebhook({ ...shared, url: rule.webhook, secret: key })(call, signal)
    }
  }
}

const keyOf = async ({ secretFile }: RotationRule): Promise<Secret> => {
  try {
    return webhookKey(await readFile(secretFile, 'utf8'), secretFile)
  } catch (cause) {
    throw new ExternalError('no-key', `the key in ${secretFile} cannot be read`, { transient: true, cause })
  }
}
