import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IntegrationId } from '../domain/ids.ts'
import { isNamedBy } from '../domain/routing.ts'
import { type Secret, secret } from '../domain/secret.ts'
import { ExternalError, type RotationHooks } from '../ports.ts'
import { type ReceiverOptions, rotationWebhook } from './webhook.ts'

/** A receiver for the secrets with that beginning. */
export type RotationRule = { readonly path: string; readonly webhook: string; readonly secretFile: string }

type Shared = Omit<ReceiverOptions, 'url' | 'secret'>

const shortestKey = 32

/** The receivers of an integration's rules, which read their key at each call. Throws where a key cannot be read now. */
export const rotationHooks = (
  integrations: readonly { readonly integration: { readonly id: IntegrationId }; readonly params: unknown }[],
  rulesIn: (params: unknown) => readonly RotationRule[],
  shared: Shared,
): RotationHooks => {
  const rules = new Map(integrations.map(({ integration, params }) => [integration.id, rulesIn(params)]))
  for (const { secretFile } of [...rules.values()].flat()) keyFrom(readFileSync(secretFile, 'utf8'), secretFile)
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
    return keyFrom(await readFile(secretFile, 'utf8'), secretFile)
  } catch (cause) {
    throw new ExternalError('no-key', `the key in ${secretFile} cannot be read`, { transient: true, cause })
  }
}

const keyFrom = (text: string, file: string): Secret => {
  const key = text.trim()
  if (key.length >= shortestKey) return secret(key)
  throw new Error(`${file} needs ${shortestKey} random characters or more, such as from: openssl rand -hex 32`)
}
