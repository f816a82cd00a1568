import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** `npm run test:runtimes`: tests of the packed packages on Node, Deno and Bun. */
export default defineConfig({
  test: {
    ...config.test,
    include: ['runtimes/*.test.ts'],
    outputFile: { json: 'node_modules/.cache/vitest-report-runtimes.json' },
  },
});
