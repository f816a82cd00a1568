import type { ViteUserConfig } from 'vitest/config';

/**
 * What every package's tests have in common. Each run also leaves a JSON report beside the package, from which
 * scripts/test-summary.mjs sums up the whole repository.
 */
export const sharedTest: NonNullable<ViteUserConfig['test']> = {
  include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  environment: 'node',
  pool: 'forks',
  // No test is about time: this only ends what hangs, also on a machine that is busy with something else.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  reporters: ['default', 'json'],
  outputFile: { json: 'node_modules/.cache/vitest-report.json' },
};
