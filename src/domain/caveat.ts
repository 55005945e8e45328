/** What makes a resource hardly useful today, although it can be granted. */
export const caveatKinds = [
  ...(['newest-deleted', 'all-deleted', 'no-version', 'key-cannot'] as const),
  ...(['role-gone', 'role-changed', 'no-terminal'] as const),
] as const
/** See `caveatKinds`. */
export type Caveat = (typeof caveatKinds)[number]
