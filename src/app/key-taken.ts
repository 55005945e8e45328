import { type PersonId, personId } from '../domain/ids.ts'
import { partiesOf } from '../domain/integration.ts'
import type { Deps } from './deps.ts'

/**
 * Whether a key means somebody already: in the people file, in the configuration, or in a row. Rights and rows of a
 * person who has left still name their key, so whoever got it would get those too.
 */
export const isKeyTaken =
  ({ directory, integrations, store }: Pick<Deps, 'directory' | 'integrations' | 'store'>) =>
  async (key: string): Promise<boolean> =>
    directory.find(personId(key)) !== undefined ||
    isConfigured(
      key,
      [...integrations.values()].map(({ integration }) => integration),
    ) ||
    (await store.wasNamed(personId(key)))

/** Whether the configuration names a person of that key. */
export const isConfigured = (
  key: PersonId | string,
  integrations: readonly Parameters<typeof partiesOf>[0][],
): boolean => integrations.some((integration) => partiesOf(integration).includes(`person:${key}`))
