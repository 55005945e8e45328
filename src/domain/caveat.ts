/** What makes a resource of little use today, though it can be granted. */
export type Caveat = 'newest-deleted' | 'all-deleted' | 'no-version' | 'key-cannot'
