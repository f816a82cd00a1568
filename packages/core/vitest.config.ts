import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { sharedTest } from '../../vitest.shared.ts';

export default defineConfig({
  resolve: {
    alias: {
      '#platform': fileURLToPath(new URL('./src/platform/node.ts', import.meta.url)),
      '#checkpoint-directory': fileURLToPath(
        new URL('./src/train/checkpoints/node-directory.ts', import.meta.url),
      ),
      '#save-directory': fileURLToPath(new URL('./src/save/node-directory.ts', import.meta.url)),
    },
  },
  test: sharedTest,
});
