/**
 * Waits for all calls, also when one fails: no call of a step may be under way once the step has ended. Throws the failure
 * of the first that has one.
 */
export const together = async <All extends readonly Promise<unknown>[]>(
  ...all: All
): Promise<{ -readonly [One in keyof All]: Awaited<All[One]> }> => {
  await Promise.allSettled(all)
  return Promise.all(all)
}
