import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { sharedTest } from '../../vitest.shared.ts';

/** Tests of the page that take long: walks in Firefox, CPU time from traces. `npm run test:page` runs them. */
export default defineConfig({
  plugins: [svelte()],
  test: {
    ...sharedTest,
    include: ['test/page/*.test.ts'],
    // What they measure is that of one page.
    fileParallelism: false,
    outputFile: { json: 'node_modules/.cache/vitest-report-page.json' },
  },
});
