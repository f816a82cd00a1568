import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { sharedTest } from '../../vitest.shared.ts';

export default defineConfig({
  plugins: [svelte()],
  test: { ...sharedTest, include: ['src/**/*.test.ts', 'test/*.test.ts'] },
});
