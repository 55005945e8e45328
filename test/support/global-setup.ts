/** What must be there before any test runs; each part fails with the remedy, none is skipped. */
export async function setup(): Promise<void> {}
