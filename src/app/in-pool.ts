/** Does some work for each item, for at most `size` of them at a time. */
export const inPool = async <T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: size }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
