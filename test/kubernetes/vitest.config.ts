import { defineConfig } from 'vitest/config'

/** The tests that need a real Kubernetes; they are no part of `npm test`. */
export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    name: 'kubernetes',
    include: ['test/kubernetes/**/*.test.ts'],
    globalSetup: [`${import.meta.dirname}/setup.ts`],
    reporters: ['verbose', `${import.meta.dirname}/../support/closing-line.ts`],
    ...{ testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: 1, fileParallelism: false },
  },
})
