/** Runs the work of one name at a time, in the order of asking. */
export const inTurn = () => {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(name)
    const running = (before ?? Promise.resolve()).then(work, work)
    last.set(name, running)
    try {
      return await running
    } finally {
      if (last.get(name) === running) last.delete(name)
    }
  }
}
export type InTurn = ReturnType<typeof inTurn>
