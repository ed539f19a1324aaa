// Two projects, one after the other: `unit` needs nothing but the source; `process` starts the built
// program, so it builds that first and waits longer. `npx vitest run --project unit` runs one.
import { defineConfig } from 'vitest/config'

const processTests = ['test/cli/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/hc/**/*.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: processTests,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: processTests,
          globalSetup: 'test/build-once.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
