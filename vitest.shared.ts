import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

/**
 * Vitest options of all packages. Each run writes a JSON report, which scripts/lib/test-summary.mjs adds up.
 */
export const sharedTest: NonNullable<ViteUserConfig['test']> = {
  include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  // Fails where tests would run against an old `dist`.
  globalSetup: fileURLToPath(new URL('./scripts/lib/built-sources.mjs', import.meta.url)),
  environment: 'node',
  pool: 'forks',
  // Test files of one process share modules and compiled code, which halves the time of the whole run. No test may change the state of a module.
  isolate: false,
  // Only ends tests that hang; long enough for a busy machine.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  reporters: ['default', 'json'],
  outputFile: { json: 'node_modules/.cache/vitest-report.json' },
};
