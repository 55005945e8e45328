import type { ContainedSettings } from './settings.ts'

/** The exact names of what is lent. */
export type NamesLent = { readonly policies: readonly string[]; readonly roles: readonly string[] }

export const namesLent = ({ policies, roles }: ContainedSettings): NamesLent => ({
  policies: policies.map(({ name }) => name),
  roles: roles.map(({ name }) => name),
})

/**
 * The whole right of a bot that only lends, without what discovery needs. It makes tokens by these roles, and reads what
 * it compares. By an accessor it can end any token of the namespace, so it may look one up before that.
 */
export const lendingPaths = ({ policies, roles }: NamesLent): Record<string, { capabilities: string[] }> => ({
  'sys/mounts': { capabilities: ['read'] },
  'sys/capabilities-self': { capabilities: ['update'] },
  'auth/token/lookup-accessor': { capabilities: ['update'] },
  'auth/token/revoke-accessor': { capabilities: ['update'] },
  ...Object.fromEntries(
    roles.flatMap((name) => [
      [`auth/token/create/${name}`, { capabilities: ['update'] }],
      [`auth/token/roles/${name}`, { capabilities: ['read'] }],
    ]),
  ),
  ...Object.fromEntries(policies.map((name) => [`sys/policies/acl/${name}`, { capabilities: ['read'] }])),
})
