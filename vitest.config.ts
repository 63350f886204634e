/**
 * The test groups. `unit` runs in parallel; `postgres` holds what starts a real database and runs one file at
 * a time, so that two cores are enough; `repository` checks the repository itself.
 */
import { defineConfig } from 'vitest/config';

const POSTGRES_TESTS = ['packages/*/test/postgres/**/*.test.ts', 'packages/*/test/**/*.postgres.test.ts'];

/** To end what hangs, and nothing that is slow on a busy machine. */
const timeouts = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...timeouts,
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: POSTGRES_TESTS,
        },
      },
      {
        test: {
          ...timeouts,
          name: 'postgres',
          include: POSTGRES_TESTS,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { ...timeouts, name: 'repository', include: ['scripts/**/*.test.ts'] } },
    ],
  },
});
