import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** `npm run test:runtimes`: the same packed packages, on runtimes that are installed for it. */
export default defineConfig({
  test: {
    ...config.test,
    include: ['runtimes/*.test.ts'],
    outputFile: { json: 'node_modules/.cache/vitest-report-runtimes.json' },
  },
});
