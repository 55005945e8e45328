/**
 * Waits for all calls, even when one fails: no call may be in flight after its step has ended. Throws the failure of the
 * first call that failed, in the given order.
 */
export const together = async <All extends readonly Promise<unknown>[]>(
  ...all: All
): Promise<{ -readonly [One in keyof All]: Awaited<All[One]> }> => {
  await Promise.allSettled(all)
  return Promise.all(all)
}
