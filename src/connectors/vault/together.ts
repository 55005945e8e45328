/**
 * Waits for both calls, also when one fails: no call of a step may be under way once the step has ended. Throws the
 * failure of the first, else of the other.
 */
export const together = async <One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> => {
  await Promise.allSettled([one, other])
  return [await one, await other]
}
