/** What makes a resource hardly useful today, although it can be granted. */
export type Caveat = 'newest-deleted' | 'all-deleted' | 'no-version' | 'key-cannot'
