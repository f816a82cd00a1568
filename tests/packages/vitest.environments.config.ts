import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** `npm run test:environments`: the packed packages under bundlers, in frameworks and other runtimes. */
export default defineConfig({
  test: {
    ...config.test,
    include: ['environments/*.test.ts'],
    outputFile: { json: 'node_modules/.cache/vitest-report-environments.json' },
  },
});
