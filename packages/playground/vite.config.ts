import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { licences } from './plugins/licences.ts';
import { modelFiles } from './plugins/model-files.ts';

export default defineConfig({
  // A file that is missing is a 404, as on a plain host, and never the page itself.
  appType: 'mpa',
  plugins: [svelte(), modelFiles(), licences()],
  // Found only inside the worker otherwise, which would reload the page in the middle of its first load.
  optimizeDeps: { include: ['@headwise/core > @huggingface/tokenizers'] },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Every file is its own request to this origin: nothing inlined that a content security policy would refuse.
    assetsInlineLimit: 0,
  },
});
