import { defineConfig } from 'vitest/config'

const project = (name: string, extra: object) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
})

/** The end-to-end stories that play in another chat as they are. */
const mixedStories = ['story', 'story-owners', 'story-refusals', 'several-items', 'waits-for-you']
const everyStory = [...mixedStories, 'alarm', 'removals', 'races', 'deactivated', 'folder', 'lending']
/** Kills of the process at its calls to Teams, the search for secrets on its wire, strangers in a channel, what happens during its calls, and PostgreSQL. */
const proofs = ['crash', 'crash-credential', 'secrets', 'shared-channel', 'interleavings-chat', 'postgres']
const stories = (name: string, chat: string, groupOrder: number, files: readonly string[]) =>
  project(name, {
    include: files.map((file) => `test/e2e/${file}.test.ts`),
    env: { LATCHKEY_TEST_CHAT: chat },
    ...{ testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 1, sequence: { groupOrder } },
  })

/** Several replicas with their deaths take long on a busy machine: they run with `npm run test:stress` alone. */
const onlyOnRequest = process.env.TRIALS === undefined ? ['test/stress/replicas*.test.ts'] : []

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    maxWorkers: 2,
    reporters: ['default', `${import.meta.dirname}/support/closing-line.ts`],
    globalSetup: [`${import.meta.dirname}/support/global-setup.ts`],
    projects: [
      project('unit', { testTimeout: 90_000, sequence: { groupOrder: 0 } }),
      project('contract', { testTimeout: 180_000, hookTimeout: 180_000, sequence: { groupOrder: 1 } }),
      project('e2e', {
        globalSetup: [`${import.meta.dirname}/support/e2e-setup.ts`],
        ...{ testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 1, sequence: { groupOrder: 2 } },
      }),
      stories('teams', 'teams', 3, [...everyStory, ...proofs]),
      stories('mixed', 'slack-to-teams', 4, mixedStories),
      project('charts', {
        globalSetup: [`${import.meta.dirname}/support/charts-setup.ts`],
        ...{ testTimeout: 60_000, hookTimeout: 1_200_000, maxWorkers: 2, sequence: { groupOrder: 5 } },
      }),
      project('stress', {
        exclude: onlyOnRequest,
        ...{ testTimeout: 3_600_000, hookTimeout: 120_000, maxWorkers: 1, sequence: { groupOrder: 6 } },
      }),
    ],
  },
})
