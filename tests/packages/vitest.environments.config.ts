import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** `npm run test:environments`: the packed packages under bundlers, in frameworks and other runtimes. */
export default defineConfig({
  test: {
    ...config.test,
    // The first run installs and builds, on a machine that may be busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    include: ['environments/*.test.ts'],
    outputFile: { json: 'node_modules/.cache/vitest-report-environments.json' },
  },
});
