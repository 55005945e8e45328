import { defineConfig } from 'vitest/config'

const project = (name: string, extra: object) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
})

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    maxWorkers: 2,
    reporters: ['default', `${import.meta.dirname}/support/closing-line.ts`],
    globalSetup: [`${import.meta.dirname}/support/global-setup.ts`],
    projects: [
      project('unit', { testTimeout: 30_000, sequence: { groupOrder: 0 } }),
      project('contract', { testTimeout: 60_000, hookTimeout: 120_000, sequence: { groupOrder: 1 } }),
      project('e2e', { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 1, sequence: { groupOrder: 2 } }),
      project('stress', { testTimeout: 3_600_000, hookTimeout: 120_000, maxWorkers: 1, sequence: { groupOrder: 3 } }),
    ],
  },
})
